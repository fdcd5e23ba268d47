// veneer sheet: several PNG files side by side in one.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "cli/commands.h"
#include "cli/usage_error.h"
#include "image/png.h"

namespace veneer::cli {
namespace {

struct Options {
  std::vector<std::string> images;
  std::size_t columns = 1;
  std::string output;
};

void paste(const image::Image& picture, std::int64_t left, std::int64_t top, image::Image& sheet) {
  for (std::int64_t y = 0; y < picture.height; ++y)
    std::copy_n(picture.rgb.begin() + 3 * y * picture.width, 3 * picture.width,
                sheet.rgb.begin() + 3 * ((top + y) * sheet.width + left));
}

int make_sheet(const Options& options) {
  image::Image sheet;
  std::int64_t cell_width = 0, cell_height = 0;
  for (std::size_t i = 0; i < options.images.size(); ++i) {
    const std::string& name = options.images[i];
    const image::Image picture = image::decode_png(read_text_file(name), name);
    if (i == 0) {
      const std::size_t rows = (options.images.size() + options.columns - 1) / options.columns;
      cell_width = picture.width;
      cell_height = picture.height;
      sheet.width = cell_width * static_cast<std::int64_t>(std::min(options.columns, options.images.size()));
      sheet.height = cell_height * static_cast<std::int64_t>(rows);
      sheet.rgb.assign(static_cast<std::size_t>(3 * sheet.width * sheet.height), 255);
    }
    if (picture.width != cell_width || picture.height != cell_height)
      fail(ErrorCode::invalid_argument, "{}: expected {}x{} pixels as in {}, got {}x{}", name, cell_width, cell_height,
           options.images.front(), picture.width, picture.height);
    paste(picture, cell_width * static_cast<std::int64_t>(i % options.columns),
          cell_height * static_cast<std::int64_t>(i / options.columns), sheet);
  }
  write_file(options.output, image::encode_png(sheet));
  return 0;
}

}  // namespace

void add_sheet(CLI::App& app, Run& run) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("sheet", "Put PNG files of one size side by side into one.");
  command->add_option("IMAGES", options->images, "PNG files, row by row.")->required()->type_name("");
  command->add_option("--columns", options->columns, "Pictures in a row.")
      ->required()
      ->type_name("N")
      ->check(whole_number(1, 1000));
  command->add_option("--output", options->output, "The PNG file to write.")->required()->type_name("FILE");
  command->callback([options, &run] { run = [options] { return make_sheet(*options); }; });
}

}  // namespace veneer::cli
