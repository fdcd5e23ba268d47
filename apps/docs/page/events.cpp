#include "base/error.h"
#include "docs/page/renderer.h"

namespace veneer::docs {
namespace {

struct Parse {
  std::string_view source;
  Events events;

  std::string_view keep(std::string_view text) {
    const bool in_source = text.data() >= source.data() && text.data() + text.size() <= source.data() + source.size();
    if (in_source || text.empty()) return text;
    if (text == "\n") return "\n";
    if (text == " ") return " ";
    return events.kept.emplace_back(text);
  }
  std::string_view attribute(const MD_ATTRIBUTE& attribute) {
    if (attribute.size == 0) return {};
    if (attribute.substr_offsets[1] == attribute.size && attribute.substr_types[0] != MD_TEXT_ENTITY)
      return keep({attribute.text, attribute.size});
    std::string whole;
    for (int i = 0; attribute.substr_offsets[i] < attribute.size; ++i) {
      const std::string_view part(attribute.text + attribute.substr_offsets[i],
                                  attribute.substr_offsets[i + 1] - attribute.substr_offsets[i]);
      whole += attribute.substr_types[i] == MD_TEXT_ENTITY ? unescape_html(part) : std::string(part);
    }
    return events.kept.emplace_back(std::move(whole));
  }
};

int enter_block(MD_BLOCKTYPE type, void* detail, void* user) {
  auto& parse = *static_cast<Parse*>(user);
  Event event{Event::Kind::enter_block, static_cast<std::uint8_t>(type)};
  if (type == MD_BLOCK_H) {
    event.number = static_cast<std::int32_t>(static_cast<MD_BLOCK_H_DETAIL*>(detail)->level);
  } else if (type == MD_BLOCK_OL) {
    event.number = static_cast<std::int32_t>(static_cast<MD_BLOCK_OL_DETAIL*>(detail)->start);
  } else if (type == MD_BLOCK_CODE) {
    event.text = parse.attribute(static_cast<MD_BLOCK_CODE_DETAIL*>(detail)->info);
  } else if (type == MD_BLOCK_TH || type == MD_BLOCK_TD) {
    event.number = static_cast<std::int32_t>(static_cast<MD_BLOCK_TD_DETAIL*>(detail)->align);
  } else if (type == MD_BLOCK_LI) {
    const auto* item = static_cast<MD_BLOCK_LI_DETAIL*>(detail);
    event.number = item->is_task == 0 ? 0 : item->task_mark == ' ' ? 1 : 2;
  }
  parse.events.list.push_back(event);
  return 0;
}

int leave_block(MD_BLOCKTYPE type, void* /*detail*/, void* user) {
  static_cast<Parse*>(user)->events.list.push_back({Event::Kind::leave_block, static_cast<std::uint8_t>(type)});
  return 0;
}

int enter_span(MD_SPANTYPE type, void* detail, void* user) {
  auto& parse = *static_cast<Parse*>(user);
  Event event{Event::Kind::enter_span, static_cast<std::uint8_t>(type)};
  if (type == MD_SPAN_A) {
    event.text = parse.attribute(static_cast<MD_SPAN_A_DETAIL*>(detail)->href);
    event.title = parse.attribute(static_cast<MD_SPAN_A_DETAIL*>(detail)->title);
  } else if (type == MD_SPAN_IMG) {
    event.text = parse.attribute(static_cast<MD_SPAN_IMG_DETAIL*>(detail)->src);
    event.title = parse.attribute(static_cast<MD_SPAN_IMG_DETAIL*>(detail)->title);
  }
  parse.events.list.push_back(event);
  return 0;
}

int leave_span(MD_SPANTYPE type, void* /*detail*/, void* user) {
  static_cast<Parse*>(user)->events.list.push_back({Event::Kind::leave_span, static_cast<std::uint8_t>(type)});
  return 0;
}

int text(MD_TEXTTYPE type, const MD_CHAR* data, MD_SIZE size, void* user) {
  auto& parse = *static_cast<Parse*>(user);
  const std::string_view piece = parse.keep({data, size});
  // md4c cuts text at every character that might have been markup: pieces that touch are one text again.
  if (!parse.events.list.empty()) {
    Event& last = parse.events.list.back();
    if (last.kind == Event::Kind::text && last.type == type && type != MD_TEXT_BR && type != MD_TEXT_SOFTBR &&
        last.text.data() + last.text.size() == piece.data() && piece.data() >= parse.source.data() &&
        piece.data() < parse.source.data() + parse.source.size()) {
      last.text = {last.text.data(), last.text.size() + piece.size()};
      return 0;
    }
  }
  parse.events.list.push_back({Event::Kind::text, static_cast<std::uint8_t>(type), 0, piece});
  return 0;
}

}  // namespace

Events parse_markdown(std::string_view source) {
  MD_PARSER parser{};
  parser.flags = MD_FLAG_TABLES | MD_FLAG_STRIKETHROUGH | MD_FLAG_TASKLISTS | MD_FLAG_PERMISSIVEURLAUTOLINKS |
                 MD_FLAG_PERMISSIVEWWWAUTOLINKS | MD_FLAG_PERMISSIVEEMAILAUTOLINKS | MD_FLAG_NOINDENTEDCODEBLOCKS;
  parser.enter_block = enter_block;
  parser.leave_block = leave_block;
  parser.enter_span = enter_span;
  parser.leave_span = leave_span;
  parser.text = text;
  Parse parse{source, {}};
  parse.events.list.reserve(source.size() / 16 + 16);
  if (md_parse(source.data(), static_cast<MD_SIZE>(source.size()), &parser, &parse) != 0)
    fail(ErrorCode::internal, "md4c: cannot parse {} bytes of Markdown", source.size());
  return std::move(parse.events);
}

}  // namespace veneer::docs
