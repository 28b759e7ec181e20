package io.keyferry.benchmark;

import java.io.Writer;
import java.util.Locale;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/** Writes as much of SVG as a plot needs. */
final class Svg {

    private final XMLStreamWriter xml;

    Svg(Writer out, int width, int height) throws XMLStreamException {
        xml = XMLOutputFactory.newFactory().createXMLStreamWriter(out);
        xml.writeStartElement("svg");
        xml.writeDefaultNamespace("http://www.w3.org/2000/svg");
        xml.writeAttribute("width", String.valueOf(width));
        xml.writeAttribute("height", String.valueOf(height));
        xml.writeAttribute("viewBox", "0 0 " + width + " " + height);
        xml.writeAttribute("font-family", "Helvetica, Arial, sans-serif");
    }

    void rectangle(double x, double y, double width, double height, String colour) throws XMLStreamException {
        element("rect", "x", x, "y", y, "width", width, "height", height);
        xml.writeAttribute("fill", colour);
    }

    void line(double x1, double y1, double x2, double y2, String colour) throws XMLStreamException {
        element("line", "x1", x1, "y1", y1, "x2", x2, "y2", y2);
        xml.writeAttribute("stroke", colour);
    }

    /** @param anchor which of its ends is at x: {@code start}, {@code middle} or {@code end} */
    void text(double x, double y, String anchor, int size, String words) throws XMLStreamException {
        line();
        xml.writeStartElement("text");
        place("x", x);
        place("y", y);
        xml.writeAttribute("text-anchor", anchor);
        xml.writeAttribute("font-size", String.valueOf(size));
        xml.writeAttribute("fill", "#24292f");
        xml.writeCharacters(words);
        xml.writeEndElement();
    }

    void end() throws XMLStreamException {
        line();
        xml.writeEndDocument();
        line();
        xml.close();
    }

    private void element(String name, Object... places) throws XMLStreamException {
        line();
        xml.writeEmptyElement(name);
        for (int i = 0; i < places.length; i += 2) {
            place((String) places[i], (double) places[i + 1]);
        }
    }

    private void place(String name, double value) throws XMLStreamException {
        xml.writeAttribute(name, String.format(Locale.ROOT, "%.1f", value));
    }

    private void line() throws XMLStreamException {
        xml.writeCharacters("\n");
    }
}
