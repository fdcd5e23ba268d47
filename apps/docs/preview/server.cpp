#include "docs/preview/server.h"

#include <fmt/format.h>
#include <httplib.h>

#include "base/error.h"
#include "base/json.h"
#include "docs/preview/served_files.h"

namespace veneer::docs {
namespace {

// Each page that is looked at keeps one thread waiting.
constexpr std::size_t kThreads = 32;

bool write_text(httplib::DataSink& sink, const std::string& text) {
  return sink.write(text.data(), text.size());
}

// As it is: httplib would compress a plain string at the strongest level, which takes far longer than sending it.
void set_body(httplib::Response& response, std::string body, const std::string& type) {
  if (body.empty()) return response.set_content(body, type);
  const std::size_t size = body.size();
  response.set_content_provider(
      size, type, [text = std::move(body)](std::size_t begin, std::size_t length, httplib::DataSink& sink) {
        return sink.write(text.data() + begin, length);
      });
}

}  // namespace

class PreviewServer::Implementation {
 public:
  Implementation(Preview& preview, int port) : preview_(preview) {
    server_.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
    // httplib's default would let a second server share the port in silence.
    server_.set_socket_options([](socket_t socket) {
      const int yes = 1;
      ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    });
    server_.set_tcp_nodelay(true);
    server_.set_pre_routing_handler([](const httplib::Request& request, httplib::Response& response) {
      if (is_local_host(request.get_header_value("Host"))) return httplib::Server::HandlerResponse::Unhandled;
      response.status = 403;
      response.set_content("This is a preview for its own machine only.\n", "text/plain");
      return httplib::Server::HandlerResponse::Handled;
    });
    server_.Get("/_preview/events", [this](const httplib::Request& request, httplib::Response& response) {
      events(request.get_param_value("page"), response);
    });
    server_.Get(".*",
                [this](const httplib::Request& request, httplib::Response& response) { file(request, response); });
    port_ = port == 0 ? server_.bind_to_any_port("127.0.0.1") : (server_.bind_to_port("127.0.0.1", port) ? port : -1);
    if (port_ < 0)
      fail(ErrorCode::invalid_argument, "port {} is taken by another program; name another with --port", port);
  }

  [[nodiscard]] int port() const { return port_; }
  void run() { server_.listen_after_bind(); }
  void stop() {
    stopping_ = true;
    server_.stop();
  }

 private:
  void file(const httplib::Request& request, httplib::Response& response) {
    try {
      Preview::Answer answer = preview_.answer(request.path);
      response.status = answer.status;
      response.set_header("Cache-Control", answer.changes ? "no-store" : "max-age=3600");
      response.set_header("X-Content-Type-Options", "nosniff");
      set_body(response, std::move(answer.body), answer.type);
    } catch (const std::exception& error) {
      response.status = 500;
      response.set_content(std::string(error.what()) + "\n", "text/plain; charset=utf-8");
    }
  }

  void events(const std::string& page, httplib::Response& response) {
    response.set_header("Cache-Control", "no-store");
    auto known = std::make_shared<std::uint64_t>(0);
    response.set_chunked_content_provider("text/event-stream", [this, page, known, look = preview_.look_at(page)](
                                                                   std::size_t, httplib::DataSink& sink) {
      if (stopping_) {
        sink.done();
        return true;
      }
      const Preview::News news = preview_.wait_for_news(page, *known, std::chrono::milliseconds(1000));
      if (news.number == *known) return write_text(sink, ":\n\n");  // finds out whether anyone listens
      *known = news.number;
      return write_text(sink, fmt::format("event: news\ndata: {{\"version\":\"{}\",\"errors\":{},\"warnings\":{}}}\n\n",
                                          news.version, news.errors, news.warnings));
    });
  }

  Preview& preview_;
  httplib::Server server_;
  int port_ = 0;
  std::atomic<bool> stopping_{false};
};

PreviewServer::PreviewServer(Preview& preview, int port)
    : implementation_(std::make_unique<Implementation>(preview, port)) {}
PreviewServer::~PreviewServer() {
  stop();
}
int PreviewServer::port() const {
  return implementation_->port();
}
void PreviewServer::run() {
  implementation_->run();
}
void PreviewServer::stop() {
  implementation_->stop();
}

}  // namespace veneer::docs
