package dev.tropical.engine.transfer;

import com.google.protobuf.ByteString;
import dev.tropical.engine.io.EnginePort;
import dev.tropical.engine.io.Outbound;
import dev.tropical.protocol.Wire;
import dev.tropical.protocol.wire.EngineCommand;
import dev.tropical.protocol.wire.KvAbort;
import dev.tropical.protocol.wire.KvCommit;
import dev.tropical.protocol.wire.KvCommitted;
import dev.tropical.protocol.wire.KvReserved;

/** Writes what a decode engine says to the senders, on the connections that they came from. */
final class ArrivalAnswers {
    private final EnginePort port;

    ArrivalAnswers(EnginePort port) {
        this.port = port;
    }

    void reserved(ByteString connection, KvReserved.Builder reserved) {
        send(connection, EngineCommand.newBuilder().setKvReserved(reserved));
    }

    void committed(ByteString connection, KvCommitted committed) {
        send(connection, EngineCommand.newBuilder().setKvCommitted(committed));
    }

    void refused(ByteString connection, KvCommit commit, String why) {
        committed(
                connection,
                KvCommitted.newBuilder()
                        .setTransferId(commit.getTransferId())
                        .setReason(why)
                        .build());
    }

    void aborted(ByteString connection, Arrival arrival, String why) {
        KvAbort.Builder abort =
                KvAbort.newBuilder().setTransferId(arrival.transferId()).setReason(why);
        send(connection, EngineCommand.newBuilder().setKvAbort(abort));
    }

    private void send(ByteString connection, EngineCommand.Builder command) {
        port.send(new Outbound.Answer(connection, command.setVersion(Wire.VERSION).build()));
    }
}
