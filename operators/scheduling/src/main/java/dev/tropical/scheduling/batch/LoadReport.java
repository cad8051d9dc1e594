package dev.tropical.scheduling.batch;

import dev.tropical.protocol.wire.EngineStatus;
import dev.tropical.protocol.wire.Slo;
import dev.tropical.scheduling.cost.StepCostModel;

/** The counts of an {@link EngineStatus}, taken in one pass over the sequences. */
final class LoadReport {
    private int runningPrefills;
    private long runningPrefillTokens;
    private int runningDecodes;
    private long decodeContextTokens;
    private long waitingPrefillTokens;
    private long residentPromptTokens;
    private long executingTokens;
    private long minSpareSlackNs = Long.MAX_VALUE;
    private long minTpotSloNs = Long.MAX_VALUE;

    private LoadReport() {}

    static void fill(
            EngineStatus.Builder status,
            Residents residents,
            Reservations reservations,
            long nowNs) {
        LoadReport load = new LoadReport();
        int reservedBlocks = 0;
        for (Sequence sequence : residents.all()) {
            load.count(sequence, nowNs);
        }
        for (Reservation reservation : reservations.all()) {
            reservedBlocks += reservation.blockTable().length;
            load.residentPromptTokens += reservation.promptTokens();
            load.countSlack(reservation.slo(), reservation.slackNs(nowNs));
        }
        status.setWaiting(residents.waiting().size())
                .setWaitingPrefillTokens(load.waitingPrefillTokens)
                .setRunningPrefills(load.runningPrefills)
                .setRunningPrefillTokens(load.runningPrefillTokens)
                .setRunningDecodes(load.runningDecodes)
                .setDecodeContextTokens(load.decodeContextTokens)
                .setResidentPromptTokens(load.residentPromptTokens)
                .setExecutingTokens(load.executingTokens)
                .setMinSpareSlackNs(load.minSpareSlackNs)
                .setMinTpotSloNs(load.minTpotSloNs == Long.MAX_VALUE ? 0 : load.minTpotSloNs)
                .setBlocksReserved(reservedBlocks)
                .setParked(residents.parked().size());
    }

    private void count(Sequence sequence, long nowNs) {
        executingTokens += sequence.size();
        if (sequence.state() != SequenceState.WAITING) {
            residentPromptTokens += sequence.promptTokens();
        }
        switch (sequence.state()) {
            case WAITING -> waitingPrefillTokens += sequence.size();
            case PREFILLING -> {
                runningPrefills++;
                runningPrefillTokens += sequence.size() - sequence.computedTokens();
            }
            case DECODING -> {
                runningDecodes++;
                decodeContextTokens += sequence.size();
            }
            // Not this engine's decodes any more: their slack is the next engine's to keep.
            case PARKED, MIGRATING, MOVED, FINISHED -> {
                return;
            }
        }
        countSlack(sequence.slo(), sequence.slackNs(nowNs));
    }

    private void countSlack(Slo slo, long slackNs) {
        if (slo.getTpotNs() > 0 && slackNs != Long.MAX_VALUE) {
            minSpareSlackNs = Math.min(minSpareSlackNs, slackNs - slo.getTpotNs());
            minTpotSloNs = Math.min(minTpotSloNs, slo.getTpotNs());
        }
    }

    /**
     * From now until all running and waiting prefills are done, ns, decodes left aside; 0: none.
     * The part of a prompt that a step was given is taken to be in the last one: in the overlapped
     * loop a prompt's first step is often planned behind another prompt's last one.
     *
     * @param lastStepEndNs from now until the end of the last step in flight; 0 when none is
     */
    static long predictPrefillsNs(
            Residents residents, StepCostModel cost, int budget, long lastStepEndNs) {
        long totalNs = 0;
        boolean isInStep = false;
        for (Sequence sequence : residents.running()) {
            if (sequence.state() == SequenceState.PREFILLING) {
                isInStep |= sequence.scheduledTokens() > sequence.computedTokens();
                totalNs += predictPrefillNs(sequence, cost, budget, 0);
            }
        }
        for (Sequence sequence : residents.waiting()) {
            totalNs += cost.predictPrefillNs(sequence.size(), 0, budget);
        }
        return totalNs + (isInStep ? lastStepEndNs : 0);
    }

    /** One sequence's: the end of the steps that it is in, and what no step was given yet. */
    static long predictPrefillNs(
            Sequence sequence, StepCostModel cost, int budget, long lastStepEndNs) {
        int scheduled = sequence.scheduledTokens();
        boolean isInStep = scheduled > sequence.computedTokens();
        return (isInStep ? lastStepEndNs : 0)
                + cost.predictPrefillNs(sequence.size() - scheduled, scheduled, budget);
    }
}
