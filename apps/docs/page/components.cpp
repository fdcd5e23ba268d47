#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "docs/page/renderer.h"
#include "docs/text/unicode.h"

namespace veneer::docs {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kFrameworks{
    {{"pt", "PyTorch"}, {"tf", "TensorFlow"}, {"jax", "JAX"}, {"flax", "JAX"}}};

// <script>, <style>...: their content is no text either.
bool holds_code(std::string_view name) {
  const std::string lower = lower_case(name);
  for (const std::string_view one : {"script", "style", "template", "noscript", "svg", "title", "object", "math"})
    if (lower == one) return true;
  return false;
}

// Where the element that starts at `begin` ends, behind its closing tag; the text's end if there is none.
std::size_t end_of_element(std::string_view html, std::size_t begin, std::string_view name) {
  const std::string closing = "</" + lower_case(name);
  for (std::size_t i = html.find("</", begin); i != std::string_view::npos; i = html.find("</", i + 2)) {
    if (lower_case(html.substr(i, closing.size())) != closing) continue;
    const std::size_t end = html.find('>', i);
    return end == std::string_view::npos ? html.size() : end + 1;
  }
  return html.size();
}

}  // namespace

// Raw HTML: tags and what stands between them.
void Renderer::raw(std::string_view html) {
  const SourcePosition where = last_position_;
  std::size_t done = 0;
  const auto lines = [&](std::size_t at) {
    SourcePosition here = where;
    if (here.line > 0)
      here.line += static_cast<int>(std::count(html.begin(), html.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
    return here;
  };
  for (std::size_t i = html.find('<'); i != std::string_view::npos; i = html.find('<', i)) {
    const std::string_view rest = html.substr(i);
    if (rest.starts_with("<!--")) {
      raw_text(html.substr(done, i - done));
      const std::size_t end = rest.find("-->", 4);
      i = done = end == std::string_view::npos ? html.size() : i + end + 3;
      continue;
    }
    const std::optional<Tag> tag = parse_tag(rest);
    if (!tag) {
      ++i;
      continue;
    }
    raw_text(html.substr(done, i - done));
    std::size_t length = tag->length;
    const bool trusted = page_.site() != nullptr && page_.site()->raw_html == RawHtml::trusted;
    if (classify(tag->name) == TagKind::dropped && !tag->closing && !tag->self_closing && holds_code(tag->name)) {
      length = end_of_element(html, i + length, tag->name) - i;
      if (trusted) out_.markup(rest.substr(0, length));
    } else if (classify(tag->name) == TagKind::dropped && trusted) {
      out_.markup(rest.substr(0, length));
    } else {
      raw_tag(*tag, rest.substr(0, length), lines(i));
    }
    i = done = i + length;
  }
  raw_text(html.substr(std::min(done, html.size())));
}

void Renderer::raw_text(std::string_view text) {
  while (!text.empty()) {
    const std::size_t begin = text.find("[`");
    const std::size_t end = begin == std::string_view::npos ? begin : text.find("`]", begin + 2);
    std::string escaped;
    append_escaped_keeping_entities(escaped, text.substr(0, end == std::string_view::npos ? end : begin));
    out_.markup(escaped);
    if (end == std::string_view::npos) return;
    write_reference(trim(text.substr(begin + 2, end - begin - 2)), last_position_);
    text.remove_prefix(end + 2);
  }
}

void Renderer::raw_tag(const Tag& tag, std::string_view written, const SourcePosition& where) {
  switch (classify(tag.name)) {
    case TagKind::dropped:
      report(Severity::warning, "dropped-html", where, fmt::format("<{}> may not stand in a page", tag.name),
             "build with --raw-html trusted if the page is yours");
      return;
    case TagKind::text:
      out_.text(written);
      return;
    case TagKind::component:
      component(tag, where);
      return;
    case TagKind::html:
      break;
  }
  const std::string_view name = element_name(tag.name);
  if (tag.closing) {
    out_.close_raw(name);
    return;
  }
  out_.open_raw(name, raw_attributes(tag, where));
  if (tag.self_closing && !is_void_element(name)) out_.close_raw(name);
}

std::string Renderer::raw_attributes(const Tag& tag, const SourcePosition& where) {
  std::string out;
  const std::string_view name = element_name(tag.name);
  const bool trusted = page_.site() != nullptr && page_.site()->raw_html == RawHtml::trusted;
  std::vector<std::string_view> seen;
  bool lazy = false;
  for (const auto& [key, value] : tag.attributes) {
    if (!trusted && !attribute_allowed(key, value)) {
      report(Severity::warning, "dropped-html", where, fmt::format("{}=\"{}\" may not stand in a page", key, value),
             "");
      continue;
    }
    if (std::find(seen.begin(), seen.end(), key) != seen.end()) continue;
    seen.emplace_back(key);
    lazy = lazy || key == "loading";
    std::string written = value;
    std::string_view as = key == "classname" ? std::string_view("class") : std::string_view(key);
    if (key == "id" || (key == "name" && name == "a")) {
      written = page_.claim_id(value);
      as = "id";
    } else if (key == "href") {
      written = address(value, where, "link");
    } else if (key == "src" && (name == "img" || name == "video" || name == "source" || name == "audio")) {
      written = address(value, where, "image");
    }
    out += fmt::format(" {}=\"{}\"", as, escape_html(written));
  }
  const auto has = [&](std::string_view key) { return std::find(seen.begin(), seen.end(), key) != seen.end(); };
  if (name == "img") {
    if (!has("alt")) {
      out += " alt=\"\"";
      report(Severity::warning, "missing-alt", where,
             fmt::format("the image {} has no text for those who cannot see it", tag.attribute("src")),
             "add alt=\"what it shows\"");
    }
    if (!lazy) out += " loading=\"lazy\"";
  }
  if (name == "iframe") {
    if (!lazy) out += " loading=\"lazy\"";
    if (!has("title")) out += " title=\"Embedded page\"";
  }
  return out;
}

// Unknown at this place: a tag of the page's own that is no element. Ours become <doc-...> elements, each with a name
// of its own, so that a closing tag finds exactly what it closes.
void Renderer::component(const Tag& tag, const SourcePosition& where) {
  const std::string& name = tag.name;
  if (tag.closing) {
    const auto open = std::find(components_.rbegin(), components_.rend(), name);
    if (open == components_.rend()) {
      report(Severity::warning, "unclosed-component", where, fmt::format("</{}> closes nothing", name), "");
      return;
    }
    components_.erase(std::next(open).base(), components_.end());
    if (name == "hfoptions" || name == "frameworkcontent")
      out_.close_raw("doc-tabs");
    else if (name == "hfoption" || name == "pt" || name == "tf" || name == "jax" || name == "flax")
      out_.close_raw("doc-tab");
    else
      out_.close_raw("doc-note");
    return;
  }
  const auto note = [&](std::string_view kind, std::string_view title) {
    out_.open_raw("doc-note", fmt::format(" class=\"alert {}\" role=\"note\"", kind));
    out_.markup(fmt::format("<p class=\"alert-title\">{}</p>", escape_html(title)));
    if (tag.self_closing) out_.close_raw("doc-note");
  };
  const auto tab = [&](std::string_view title) {
    out_.open_raw("doc-tab", fmt::format(" data-name=\"{}\"", escape_html(title)));
    out_.markup(fmt::format("<p class=\"tab-title\">{}</p>", escape_html(title)));
  };
  const std::string_view version = tag.attribute("version");
  if (name == "Tip") {
    const bool warning = tag.attribute("warning") == "true";
    note(warning ? "warning" : "tip", warning ? "Warning" : "Tip");
  } else if (name == "Added") {
    note("tip", fmt::format("Added in version {}", version));
  } else if (name == "Changed") {
    note("tip", fmt::format("Changed in version {}", version));
  } else if (name == "Deprecated") {
    note("warning", fmt::format("Deprecated since version {}", version));
  } else if (name == "hfoptions") {
    out_.open_raw("doc-tabs", fmt::format(" data-group=\"{}\"", escape_html(tag.attribute("id"))));
  } else if (name == "frameworkcontent") {
    out_.open_raw("doc-tabs", " data-group=\"framework\"");
  } else if (name == "hfoption") {
    tab(tag.attribute("id"));
  } else if (name == "Youtube") {
    out_.block(fmt::format("<p><a href=\"https://www.youtube.com/watch?v={}\">Watch the video</a></p>",
                           escape_html(tag.attribute("id"))));
    return;
  } else {
    const auto* framework =
        std::find_if(kFrameworks.begin(), kFrameworks.end(), [&](const auto& f) { return f.first == name; });
    if (framework == kFrameworks.end()) return;  // belongs to Hugging Face's own pages: nothing to show here
    tab(framework->second);
  }
  if (!tag.self_closing) components_.push_back(name);
}

}  // namespace veneer::docs
