package dev.tropical.openai;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.ServerBuilder;

/** The pages for people, and the OpenAPI document that one of them shows. */
final class PageRoutes {
    /** Everything is in the page itself: nothing is loaded from anywhere, and nothing injected. */
    private static final String CONTENT_SECURITY =
            "default-src 'none'; connect-src 'self'; script-src 'unsafe-inline';"
                    + " style-src 'unsafe-inline'";

    private PageRoutes() {}

    static void addTo(ServerBuilder server, String model) {
        addPage(server, "/", Resources.text("live.html"));
        addPage(server, "/docs", Resources.text("docs.html"));
        String openApi = OpenApi.document(Resources.text("version.txt").strip(), model);
        server.route()
                .get("/openapi.json")
                .build(
                        (context, request) ->
                                HttpResponse.of(HttpStatus.OK, MediaType.JSON_UTF_8, openApi));
    }

    private static void addPage(ServerBuilder server, String path, String html) {
        ResponseHeaders head =
                ResponseHeaders.of(
                        HttpStatus.OK,
                        HttpHeaderNames.CONTENT_TYPE,
                        MediaType.HTML_UTF_8,
                        HttpHeaderNames.CONTENT_SECURITY_POLICY,
                        CONTENT_SECURITY);
        HttpData body = HttpData.ofUtf8(html);
        server.route().get(path).build((context, request) -> HttpResponse.of(head, body));
    }
}
