package dev.tropical.engine.cuda;

import org.bytedeco.javacpp.Pointer;

/** A pointer to memory that something else owns; may be pointed elsewhere. */
final class Address extends Pointer {
    Address(long address) {
        this.address = address;
    }

    /** Points it elsewhere, without garbage. */
    Address at(long address) {
        this.address = address;
        return this;
    }
}
