#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "docs/page/renderer.h"
#include "docs/text/unicode.h"

namespace veneer::docs {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kFrameworks{
    {{"pt", "PyTorch"}, {"tf", "TensorFlow"}, {"jax", "JAX"}, {"flax", "JAX"}}};

std::size_t lines_in(std::string_view text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

// What a component is written as; empty: those of Hugging Face's own pages, which show nothing here.
std::string_view element_of(std::string_view component) {
  if (component == "hfoptions" || component == "frameworkcontent") return "doc-tabs";
  for (const std::string_view tab : {"hfoption", "pt", "tf", "jax", "flax"})
    if (component == tab) return "doc-tab";
  for (const std::string_view note : {"Tip", "Added", "Changed", "Deprecated"})
    if (component == note) return "doc-note";
  return {};
}

// <script>, <style>...: their content is no text either.
std::string_view code_element(std::string_view name) {
  const std::string lower = lower_case(name);
  for (const std::string_view one : {"script", "style", "template", "noscript", "svg", "title", "object", "math"})
    if (lower == one) return one;
  return {};
}

// Behind the closing tag of the element that is open at `begin`; nothing if there is none.
std::optional<std::size_t> end_of_element(std::string_view html, std::size_t begin, std::string_view name) {
  const std::string closing = "</" + lower_case(name);
  for (std::size_t i = html.find("</", begin); i != std::string_view::npos; i = html.find("</", i + 2)) {
    if (lower_case(html.substr(i, closing.size())) != closing) continue;
    const std::size_t end = html.find('>', i);
    return end == std::string_view::npos ? html.size() : end + 1;
  }
  return std::nullopt;
}

}  // namespace

bool Renderer::trusted() const {
  return page_.site() != nullptr && page_.site()->raw_html == RawHtml::trusted;
}

// What stands between <script> and </script> in a paragraph: no text.
void Renderer::inside_code_element(const Event& event) {
  const auto end = event.type == MD_TEXT_HTML ? end_of_element(event.text, 0, code_element_) : std::nullopt;
  if (trusted()) out_.markup(with_sources(event.text.substr(0, end.value_or(event.text.size()))));
  if (!end) return;
  code_element_ = {};
  raw(with_sources(event.text.substr(*end)));
}

// Raw HTML: tags and what stands between them.
void Renderer::raw(std::string_view html) {
  std::size_t done = 0;
  for (std::size_t i = html.find('<'); i != std::string_view::npos; i = html.find('<', i)) {
    const std::string_view rest = html.substr(i);
    std::size_t length = 0;
    if (rest.starts_with("<!--")) {
      const std::size_t end = rest.find("-->", 4);
      length = end == std::string_view::npos ? rest.size() : end + 3;
      raw_text(html.substr(done, i - done));
    } else if (const std::optional<Tag> tag = parse_tag(rest)) {
      raw_text(html.substr(done, i - done));
      length = raw_element(*tag, rest);
    } else {
      ++i;
      continue;
    }
    last_line_ += lines_in(rest.substr(0, length));
    i = done = i + length;
  }
  raw_text(html.substr(done));
}

// One tag, with all up to its closing tag if that is no text. Returns the length of what it has dealt with.
std::size_t Renderer::raw_element(const Tag& tag, std::string_view html) {
  std::size_t length = tag.length;
  const bool dropped = classify(tag.name) == TagKind::dropped;
  if (dropped && !tag.closing && !tag.self_closing && !code_element(tag.name).empty()) {
    const auto end = end_of_element(html, length, tag.name);
    if (!end) code_element_ = code_element(tag.name);
    length = end.value_or(html.size());
  }
  if (dropped && trusted())
    out_.markup(html.substr(0, length));
  else
    raw_tag(tag, html.substr(0, length), here());
  return length;
}

void Renderer::raw_text(std::string_view text) {
  while (!text.empty()) {
    const std::size_t begin = text.find("[`");
    const std::size_t end = begin == std::string_view::npos ? begin : text.find("`]", begin + 2);
    const std::string_view before = text.substr(0, end == std::string_view::npos ? end : begin);
    std::string escaped;
    append_escaped_keeping_entities(escaped, before);
    out_.markup(escaped);
    last_line_ += lines_in(before);
    if (end == std::string_view::npos) return;
    write_reference(trim(text.substr(begin + 2, end - begin - 2)), here());
    last_line_ += lines_in(text.substr(begin, end - begin));
    text.remove_prefix(end + 2);
  }
}

void Renderer::raw_tag(const Tag& tag, std::string_view written, const SourcePosition& where) {
  switch (classify(tag.name)) {
    case TagKind::dropped:
      if (tag.closing) return;
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
  std::vector<std::string_view> seen;
  bool lazy = false;
  for (const auto& [key, value] : tag.attributes) {
    if (!trusted() && !attribute_allowed(key, value)) {
      report(Severity::warning, "dropped-html", where, fmt::format("{}=\"{}\" may not stand in a page", key, value),
             "build with --raw-html trusted if the page is yours");
      continue;
    }
    const bool anchor = key == "id" || (key == "name" && name == "a");
    const std::string_view as = anchor ? "id" : key == "classname" ? "class" : std::string_view(key);
    if (std::find(seen.begin(), seen.end(), as) != seen.end()) continue;
    seen.emplace_back(as);
    lazy = lazy || key == "loading";
    std::string written = value;
    if (anchor) {
      written = claim_written_id(value, where, "choose another id, or remove this one");
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
    const std::string_view element = element_of(name);
    if (element.empty()) return;
    const auto open = std::find_if(components_.rbegin(), components_.rend(),
                                   [&name](const OpenComponent& component) { return component.name == name; });
    if (open == components_.rend()) {
      report(Severity::warning, "unclosed-component", where, fmt::format("</{}> closes nothing", name),
             fmt::format("remove it, or open it above with <{}>", name));
      return;
    }
    components_.erase(std::next(open).base(), components_.end());
    out_.close_raw(element);
    return;
  }
  const auto note = [&](std::string_view kind, std::string_view title) {
    out_.open_raw("doc-note", fmt::format(" class=\"alert {}\" role=\"note\"", kind));
    out_.markup(fmt::format("<p class=\"alert-title\">{}</p>", escape_html(title)));
  };
  const auto tab = [&](std::string_view title) {
    out_.open_raw("doc-tab", fmt::format(" data-name=\"{}\"", escape_html(title)));
    out_.markup(fmt::format("<p class=\"tab-title\">{}</p>", escape_html(title)));
  };
  const std::string_view version = tag.attribute("version");
  if (name == "Tip") {
    const bool warning = tag.has("warning") && tag.attribute("warning") != "false";
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
    if (framework == kFrameworks.end()) return;
    tab(framework->second);
  }
  if (tag.self_closing)
    out_.close_raw(element_of(name));
  else
    components_.push_back({name, where});
}

}  // namespace veneer::docs
