package io.keyferry.model;

import java.util.Optional;

/**
 * What holds for the whole migration at one moment, by the newest records of the control topic.
 *
 * @param pause empty while it is not paused
 * @param throttle empty where migration.yaml alone says how fast it may be
 */
public record Steering(Optional<Control.Pause> pause, Optional<Control.Throttle> throttle) {

    /** As nobody has told anything. */
    public static final Steering NONE = new Steering(Optional.empty(), Optional.empty());

    /** The same after another record. */
    public Steering with(Control control) {
        if (control instanceof Control.Pause told) {
            return new Steering(Optional.of(told).filter(Control.Pause::paused), throttle);
        }
        Control.Throttle told = (Control.Throttle) control;
        return new Steering(
                pause,
                Optional.of(told).filter(limit -> limit.maxRequestsPerSecond().isPresent()));
    }

    public boolean isPaused() {
        return pause.isPresent();
    }

    /** How many requests a second all instances may make: a throttle never raises what migration.yaml says. */
    public int ceiling(int configured) {
        return throttle.map(
                        told -> Math.min(configured, told.maxRequestsPerSecond().orElse(configured)))
                .orElse(configured);
    }

    /** In words, such as <i>paused by ada@laptop since 2026-01-02T03:04:05Z</i>; empty while nothing is told. */
    public Optional<String> words() {
        Optional<String> paused = pause.map(told -> "paused by " + told.by() + " since " + told.at());
        Optional<String> throttled = throttle.map(told -> "throttled to "
                + told.maxRequestsPerSecond().getAsInt() + " requests/s by " + told.by() + " since " + told.at());
        return paused.isPresent() && throttled.isPresent()
                ? paused.map(text -> text + ", and " + throttled.get())
                : paused.or(() -> throttled);
    }
}
