package dev.tropical.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tropical.kafka.LocalPorts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the containers' names, ports and volumes are when their commands run as processes of one
 * host: every name is 127.0.0.1, every port a free one, every volume a folder.
 */
final class HostMapping {
    private static final String HOST = "127.0.0.1";

    private final List<String> services = new ArrayList<>();
    private final Map<String, Integer> ports = new LinkedHashMap<>();
    private final Map<String, Path> volumes = new LinkedHashMap<>();

    /**
     * @param services those that are to run; no two may listen on one port
     */
    HostMapping(Map<String, JsonNode> services, Path work) throws IOException {
        for (Map.Entry<String, JsonNode> service : services.entrySet()) {
            this.services.add(service.getKey());
            for (String port : ports(service.getValue())) {
                if (ports.put(port, LocalPorts.free(service.getKey(), 0)) != null) {
                    throw new AssertionError("two services listen on " + port);
                }
            }
            for (String volume : Deploy.texts(service.getValue().path("volumes"))) {
                String[] parts = volume.split(":");
                volumes.put(parts[1], Files.createDirectories(work.resolve(parts[0])));
            }
        }
    }

    private static List<String> ports(JsonNode service) {
        List<String> ports = new ArrayList<>(Deploy.texts(service.path("expose")));
        for (String published : Deploy.texts(service.path("ports"))) {
            ports.add(published.substring(published.lastIndexOf(':') + 1));
        }
        return ports;
    }

    /** The host's port for a container's. */
    int port(String port) {
        return ports.get(port);
    }

    /**
     * A word of a command, as it is on the host. Commands are called as services are: a name counts
     * as a host where one is expected, or with a port.
     *
     * @param before the word before it
     */
    String word(String before, String word) {
        String mapped = word.replace("0.0.0.0", HOST);
        boolean isHost = before.equals("--host") || before.endsWith("http-ok");
        for (String service : services) {
            String name = Pattern.quote(service);
            mapped =
                    isHost && mapped.equals(service)
                            ? HOST
                            : mapped.replaceAll("(?<=^|[=/])" + name + "(?=:\\d)", HOST)
                                    .replaceAll("(?<==)" + name + "$", HOST);
        }
        for (Map.Entry<String, Integer> port : ports.entrySet()) {
            mapped = mapped.replaceAll("(?<![\\w.])" + port.getKey() + "$", "#" + port.getValue());
        }
        for (Map.Entry<String, Path> volume : volumes.entrySet()) {
            String folder = Matcher.quoteReplacement(volume.getValue().toString());
            mapped =
                    mapped.replaceAll(
                            "(?<![\\w.])" + Pattern.quote(volume.getKey()) + "(?=/|$)", folder);
        }
        return mapped.replace("#", "");
    }

    List<String> words(List<String> command) {
        List<String> words = new ArrayList<>();
        String before = "";
        for (String word : command) {
            words.add(word(before, word));
            before = word;
        }
        return words;
    }
}
