package dev.tropical.engine;

import dev.tropical.engine.io.IoOptions;
import dev.tropical.engine.loop.LoopOptions;
import dev.tropical.engine.transfer.TransferOptions;

/** All options of an engine, one record an area. */
record EngineOptions(
        IdentityOptions identity,
        ModelOptions model,
        CacheOptions cache,
        BatchOptions batch,
        CostOptions cost,
        LoopOptions loop,
        TransferOptions transfer,
        IoOptions io,
        boolean isParentWatched) {}
