// What stands where another file was expected: a download that brought something else, a file under a false name.
// Free functions; any thread may call them. Both give the end of a message "expected X, got ", or nothing.
#pragma once

#include <string>
#include <string_view>

namespace veneer {

/// What servers and programs leave in place of a file: a Git LFS pointer, a web page, an archive, a pickle, a picture,
/// another format of weights.
std::string_view foreign_kind(std::string_view bytes);

/// Plain text or JSON, of which the beginning is quoted: what a server answers in place of weights.
std::string foreign_text(std::string_view bytes);

}  // namespace veneer
