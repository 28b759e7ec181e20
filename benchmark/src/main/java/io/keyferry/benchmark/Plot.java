package io.keyferry.benchmark;

import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.xml.stream.XMLStreamException;

/**
 * The figures of {@link BlogScript} as bars, in SVG. It has a background of its own, so that it reads the same on a light page and
 * on a dark one; the axis is logarithmic, or the script's bars could not be seen.
 */
public final class Plot {

    private static final int WIDTH = 840;
    private static final int LEFT = 210;
    private static final int RIGHT = 750;
    private static final int TOP = 70;
    private static final int STEP = 46;
    private static final int BAR = 28;

    private final List<Bar> bars;
    private final int bottom;
    private final int lowest;
    private final int highest;

    private record Bar(String label, double value, String colour) {}

    private Plot(List<Bar> bars) {
        this.bars = bars;
        bottom = TOP + STEP * bars.size();
        // so that the shortest bar can be seen
        lowest = (int) Math.floor(
                Math.log10(bars.stream().mapToDouble(Bar::value).min().orElseThrow() / 2));
        highest = (int)
                Math.ceil(Math.log10(bars.stream().mapToDouble(Bar::value).max().orElseThrow()));
    }

    /** A whole SVG document; empty where the report has not all the figures. */
    public static Optional<String> svg(Report report) throws XMLStreamException {
        List<Bar> bars = new ArrayList<>();
        add(bars, report, "blog-script/serial", "script, one by one", "#9aa5b1");
        add(bars, report, "blog-script/threaded", "script, 32 threads", "#7b8794");
        add(bars, report, "blog-script/keyferry", "KeyFerry", "#1f6feb");
        add(bars, report, "blog-script/ceiling", "nothing but ReEncrypt", "#d9a23b");
        return bars.size() < 4 ? Optional.empty() : Optional.of(new Plot(bars).draw(report));
    }

    private static void add(List<Bar> bars, Report report, String figure, String label, String colour) {
        report.figure(figure).ifPresent(value -> bars.add(new Bar(label, value, colour)));
    }

    private String draw(Report report) throws XMLStreamException {
        StringWriter text = new StringWriter();
        Svg svg = new Svg(text, WIDTH, bottom + 110);
        svg.rectangle(0, 0, WIDTH, bottom + 110, "#ffffff");
        svg.text(24, 36, "start", 18, "Values moved to the target key per second, KMS answering in 10 ms");
        for (int decade = lowest; decade <= highest; decade++) {
            double x = x(Math.pow(10, decade));
            svg.line(x, TOP - 8, x, bottom, "#d0d7de");
            svg.text(x, bottom + 18, "middle", 12, axis(decade));
        }
        svg.text((LEFT + RIGHT) / 2.0, bottom + 40, "middle", 13, "values per second, logarithmic");
        for (int i = 0; i < bars.size(); i++) {
            Bar bar = bars.get(i);
            int y = TOP + STEP * i + (STEP - BAR) / 2 - 4;
            svg.rectangle(LEFT, y, x(bar.value()) - LEFT, BAR, bar.colour());
            svg.text(LEFT - 10, y + BAR / 2 + 5, "end", 14, bar.label());
            svg.text(x(bar.value()) + 8, y + BAR / 2 + 5, "start", 14, Goal.number(bar.value()));
        }
        svg.text(24, bottom + 72, "start", 12, report.command());
        svg.text(24, bottom + 92, "start", 12, report.machine());
        svg.end();
        return text.toString();
    }

    private double x(double value) {
        return LEFT + (RIGHT - LEFT) * (Math.log10(value) - lowest) / (highest - lowest);
    }

    private static String axis(int decade) {
        return decade < 0 ? String.valueOf(Math.pow(10, decade)) : String.format("%,d", (long) Math.pow(10, decade));
    }
}
