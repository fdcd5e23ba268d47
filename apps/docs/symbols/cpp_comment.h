// Documentation comments of C++ as docstrings: markers removed, Doxygen commands written as the sections of
// docstring.h.
#pragma once

#include <string>
#include <string_view>

namespace veneer::docs {

/// The text of one comment, or of several lines of them, as it stands in the source: "///", "//!", "///<", "/** */".
/// Lines keep their count and their indentation after the marker.
std::string comment_text(std::string_view comment);

/// \param, \tparam, \return, \throws become the sections Args, Returns and Raises at the end; \brief disappears;
/// \code ... \endcode becomes a fence, \note and \warning an alert, \c x and \p x code. A command starts with '\' or
/// '@'. Text without commands is returned as it is.
std::string replace_doxygen(std::string_view text);

}  // namespace veneer::docs
