package org.aistudio.tests.servers;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.catalina.Context;
import org.apache.catalina.startup.Tomcat;

/** Tomcat, which compresses what a client lets it. */
public final class TomcatServer extends Server {
    private final Tomcat tomcat = new Tomcat();

    public TomcatServer(Path folder) throws Exception {
        tomcat.setBaseDir(folder.toString());
        tomcat.setHostname("127.0.0.1");
        tomcat.setPort(0);
        tomcat.getConnector().setProperty("address", "127.0.0.1");
        tomcat.getConnector().setProperty("compression", "1");
        tomcat.getConnector().setProperty("maxKeepAliveRequests", "-1");
        Context context = tomcat.addContext("", folder.toString());
        Tomcat.addServlet(context, "all", new Servlet());
        context.addServletMappingDecoded("/", "all");
        tomcat.start();
    }

    private final class Servlet extends HttpServlet {
        private static final long serialVersionUID = 1L;

        @Override
        protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
            byte[] body = request.getInputStream().readAllBytes();
            Answer a = answer(request.getServletPath(), body, request.getRemotePort());
            response.setStatus(a.status());
            response.setContentType(a.type());
            if (a.close()) {
                response.setHeader("Connection", "close");
            }
            if (a.length()) {
                response.setContentLength(a.body().length);
                response.getOutputStream().write(a.body());
                return;
            }
            int half = a.body().length / 2;
            response.getOutputStream().write(a.body(), 0, half);
            response.flushBuffer();
            response.getOutputStream().write(a.body(), half, a.body().length - half);
        }
    }

    @Override
    public String url() {
        return "http://127.0.0.1:" + tomcat.getConnector().getLocalPort();
    }

    @Override
    public void close() throws Exception {
        tomcat.stop();
        tomcat.destroy();
    }
}
