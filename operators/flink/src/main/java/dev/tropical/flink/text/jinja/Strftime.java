package dev.tropical.flink.text.jinja;

import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** C's date formats, in English, as {@code strftime_now} takes them. */
final class Strftime {
    /** {@code %-d} is {@code %d} without leading zeros. */
    private static final Pattern DIRECTIVE = Pattern.compile("%(-?)(.)");

    private Strftime() {}

    static String format(ZonedDateTime time, String format) {
        StringBuilder text = new StringBuilder();
        Matcher directives = DIRECTIVE.matcher(format);
        while (directives.find()) {
            String field = field(time, directives.group(2).charAt(0));
            boolean isUnpadded = !directives.group(1).isEmpty();
            String shown = isUnpadded ? field.replaceFirst("^0+(?=\\d)", "") : field;
            directives.appendReplacement(text, Matcher.quoteReplacement(shown));
        }
        return directives.appendTail(text).toString();
    }

    private static String field(ZonedDateTime time, char directive) {
        String pattern =
                switch (directive) {
                    case 'd' -> "dd";
                    case 'm' -> "MM";
                    case 'b' -> "MMM";
                    case 'B' -> "MMMM";
                    case 'Y' -> "yyyy";
                    case 'y' -> "yy";
                    case 'H' -> "HH";
                    case 'I' -> "hh";
                    case 'M' -> "mm";
                    case 'S' -> "ss";
                    case 'p' -> "a";
                    case 'A' -> "EEEE";
                    case 'a' -> "EEE";
                    case 'j' -> "DDD";
                    case 'Z' -> "zzz";
                    case 'z' -> "xx";
                    case 'F' -> "yyyy-MM-dd";
                    case 'T' -> "HH:mm:ss";
                    case '%' -> "'%'";
                    default ->
                            throw new JinjaException(
                                    "strftime: %" + directive + " (expected: a C date format)");
                };
        return DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).format(time);
    }
}
