package dev.tropical.sockets;

import java.util.HashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.zeromq.SocketType;
import org.zeromq.ZContext;
import org.zeromq.ZMQ;

/**
 * Answers, for each connection to a context's CURVE sockets, whether it may come in (ZeroMQ RFC 27,
 * "ZAP"). The peer has proved by then that it holds its key's secret half. Polled by the thread
 * that owns the sockets; while that does not, handshakes wait.
 */
public final class Doorkeeper {
    static final String DOMAIN = "tropical";

    private static final Logger LOG = LoggerFactory.getLogger(Doorkeeper.class);
    private static final String ADDRESS = "inproc://zeromq.zap.01";
    private static final String VERSION = "1.0";
    private static final int REQUEST_FRAMES = 7;
    private static final int MAX_COMPLAINTS = 1024;

    private final ZMQ.Socket requests;
    private final TrustedKeys trusted;
    private final Set<String> complainedAbout = new HashSet<>();

    Doorkeeper(ZContext context, TrustedKeys trusted) {
        this.trusted = trusted;
        requests = context.createSocket(SocketType.REP);
        requests.setLinger(0);
        requests.bind(ADDRESS);
    }

    /** To be polled. */
    public ZMQ.Socket socket() {
        return requests;
    }

    /** Answers whoever waits at the door. */
    public void answer() {
        byte[] first;
        while ((first = requests.recv(ZMQ.DONTWAIT)) != null) {
            byte[][] request = new byte[REQUEST_FRAMES][];
            request[0] = first;
            int frames = 1;
            while (requests.hasReceiveMore()) {
                byte[] frame = requests.recv(ZMQ.DONTWAIT);
                if (frames < REQUEST_FRAMES) {
                    request[frames] = frame;
                }
                frames++;
            }
            // version, request id, domain, address, identity, mechanism, the peer's public key
            boolean isCurve =
                    frames == REQUEST_FRAMES && "CURVE".equals(new String(request[5], ZMQ.CHARSET));
            reply(
                    request[1],
                    isCurve && isTrusted(request[6], new String(request[3], ZMQ.CHARSET)));
        }
    }

    private boolean isTrusted(byte[] key, String address) {
        String publicKey = ZMQ.Curve.z85Encode(key);
        if (trusted.contains(publicKey)) {
            return true;
        }
        if (complainedAbout.size() < MAX_COMPLAINTS && complainedAbout.add(publicKey)) {
            LOG.warn(
                    "refused {}: its key {} is not in {}; further tries are refused silently",
                    address,
                    publicKey,
                    trusted);
        }
        return false;
    }

    private void reply(byte[] requestId, boolean isWelcome) {
        requests.sendMore(VERSION);
        requests.sendMore(requestId);
        requests.sendMore(isWelcome ? "200" : "400");
        requests.sendMore(isWelcome ? "OK" : "not trusted");
        requests.sendMore(""); // user id
        requests.send(""); // metadata
    }
}
