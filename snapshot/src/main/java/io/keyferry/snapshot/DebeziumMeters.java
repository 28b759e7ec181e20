package io.keyferry.snapshot;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.management.JMException;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanServer;
import javax.management.MBeanServerDelegate;
import javax.management.MBeanServerNotification;
import javax.management.Notification;
import javax.management.NotificationListener;
import javax.management.ObjectName;
import javax.management.relation.MBeanServerNotificationFilter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Debezium's own metrics, which it tells by MBeans only: they come with an engine and go with it, and so do the meters. The
 * names are those that its documentation gives, and that dashboards made for it look for. Safe for many threads.
 */
final class DebeziumMeters implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(DebeziumMeters.class);

    private final String connector;
    private final MeterRegistry meters;
    private final MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    private final NotificationListener listener = this::heard;
    private final Map<ObjectName, List<Meter>> byBean = new ConcurrentHashMap<>();

    /** @param connector Debezium's {@code topic.prefix} */
    DebeziumMeters(String connector, MeterRegistry meters) {
        this.connector = connector;
        this.meters = meters;
    }

    /** From now on, engines that start are measured. */
    void follow() {
        MBeanServerNotificationFilter all = new MBeanServerNotificationFilter();
        all.enableAllObjectNames();
        try {
            server.addNotificationListener(MBeanServerDelegate.DELEGATE_NAME, listener, all, null);
        } catch (JMException e) {
            log.warn("Debezium's metrics cannot be read", e);
        }
    }

    private void heard(Notification notification, Object nothing) {
        ObjectName bean = ((MBeanServerNotification) notification).getMBeanName();
        if (!isOurs(bean)) {
            return;
        }
        if (notification.getType().equals(MBeanServerNotification.REGISTRATION_NOTIFICATION)) {
            byBean.computeIfAbsent(bean, this::register);
        } else {
            remove(byBean.remove(bean));
        }
    }

    private boolean isOurs(ObjectName bean) {
        return bean.getDomain().equals("debezium.postgres")
                && "connector-metrics".equals(bean.getKeyProperty("type"))
                && connector.equals(bean.getKeyProperty("server"));
    }

    private List<Meter> register(ObjectName bean) {
        List<Meter> registered = new ArrayList<>();
        try {
            for (MBeanAttributeInfo attribute : server.getMBeanInfo(bean).getAttributes()) {
                if (attribute.isReadable() && number(bean, attribute.getName()) != null) {
                    registered.add(gauge(bean, attribute));
                }
            }
        } catch (JMException e) {
            log.warn("Debezium's metrics cannot be read", e);
        }
        return registered;
    }

    private Gauge gauge(ObjectName bean, MBeanAttributeInfo attribute) {
        return Gauge.builder("debezium.metrics." + attribute.getName(), () -> number(bean, attribute.getName()))
                .description("Debezium's " + attribute.getName())
                .tags("plugin", "postgres", "name", connector, "context", bean.getKeyProperty("context"))
                .register(meters);
    }

    /** Null where it is none, or the engine has just gone. */
    private Number number(ObjectName bean, String attribute) {
        try {
            Object value = server.getAttribute(bean, attribute);
            if (value instanceof Boolean yes) {
                return yes ? 1 : 0;
            }
            return value instanceof Number number ? number : null;
        } catch (JMException | RuntimeException e) {
            log.trace("{} of {} cannot be read", attribute, bean, e);
            return null;
        }
    }

    private void remove(List<Meter> gone) {
        if (gone != null) {
            gone.forEach(meters::remove);
        }
    }

    @Override
    public void close() {
        try {
            server.removeNotificationListener(MBeanServerDelegate.DELEGATE_NAME, listener);
        } catch (JMException e) {
            log.debug("Debezium's metrics were not followed", e);
        }
        byBean.keySet().forEach(bean -> remove(byBean.remove(bean)));
    }
}
