package dev.tropical.kafka;

import java.util.Objects;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.jspecify.annotations.Nullable;

/** Flink's type of an element that it can neither look into nor use as a key. */
abstract class ElementTypeInfo<T> extends TypeInformation<T> {
    private static final long serialVersionUID = 1L;

    private final Class<T> elementClass;

    ElementTypeInfo(Class<T> elementClass) {
        this.elementClass = Objects.requireNonNull(elementClass, "elementClass");
    }

    @Override
    public final Class<T> getTypeClass() {
        return elementClass;
    }

    @Override
    public final boolean isBasicType() {
        return false;
    }

    @Override
    public final boolean isTupleType() {
        return false;
    }

    @Override
    public final int getArity() {
        return 1;
    }

    @Override
    public final int getTotalFields() {
        return 1;
    }

    @Override
    public final boolean isKeyType() {
        return false;
    }

    @Override
    public final boolean canEqual(Object other) {
        return other.getClass() == getClass();
    }

    @Override
    public final boolean equals(@Nullable Object other) {
        return other instanceof ElementTypeInfo<?> that
                && canEqual(that)
                && elementClass == that.elementClass;
    }

    @Override
    public final int hashCode() {
        return elementClass.hashCode();
    }

    @Override
    public final String toString() {
        return getClass().getSimpleName() + "<" + elementClass.getSimpleName() + ">";
    }
}
