package io.keyferry.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class PlotTest {

    private static Document plot(Report report) throws Exception {
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader(Plot.svg(report).orElseThrow())));
    }

    private static List<Element> elements(Document document, String name) {
        NodeList nodes = document.getElementsByTagName(name);
        return IntStream.range(0, nodes.getLength())
                .mapToObj(i -> (Element) nodes.item(i))
                .toList();
    }

    private static List<String> words(Document document) {
        return elements(document, "text").stream().map(Element::getTextContent).toList();
    }

    @Test
    void holdsTheFiguresTheCommandAndTheMachine() throws Exception {
        Document plot = plot(Reports.whole());

        assertThat(words(plot))
                .contains("40.0", "505", "3,100", "4,200")
                .contains("script, one by one", "script, 32 threads", "KeyFerry", "nothing but ReEncrypt")
                .contains("10", "100", "1,000", "10,000", "values per second, logarithmic")
                .contains("keyferry benchmark --quick", Reports.MACHINE);
    }

    @Test
    void makesABarTenTimesTheOtherOneDecadeLonger() throws Exception {
        Document plot = plot(Reports.of(BlogScript.results(30, 600, 300, 15_000, 3_000, 100_000, 4_000)));

        // the first one is the background
        List<Double> lengths = elements(plot, "rect").stream()
                .skip(1)
                .map(bar -> Double.parseDouble(bar.getAttribute("width")))
                .toList();
        assertThat(lengths).hasSize(4);
        assertThat(lengths.get(1) - lengths.get(0)).isEqualTo(180, within(0.2));
        assertThat(lengths.get(2) - lengths.get(1)).isEqualTo(180, within(0.2));
        assertThat(lengths.get(3)).isGreaterThan(lengths.get(2));
    }

    @Test
    void staysWellFormedWhateverTheMachineIsCalled() throws Exception {
        Report odd = new Report("a & b", "<machine>", Reports.whole().results(), true);

        assertThat(words(plot(odd))).contains("a & b", "<machine>");
    }

    @Test
    void isNotDrawnWithoutAllFourFigures() throws Exception {
        List<Result> results = new ArrayList<>(Reports.whole().results());
        results.removeIf(result -> result.name().equals("blog-script/ceiling"));

        assertThat(Plot.svg(Reports.of(results))).isEmpty();
    }
}
