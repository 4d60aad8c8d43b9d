#pragma once

#include <aistudio/types/dataset.hpp>

#include <string>

namespace aistudio::local::domain {

/// The first row and up to `rows` more of a CSV file (RFC 4180) that begins with `bytes`.
///
/// Fields may stand in quotes, with commas, quotes (doubled) and line ends in them; a quote that
/// stands elsewhere, or is never closed, is taken as it is. A byte-order mark is skipped. Text that
/// is not UTF-8 is taken for GB18030. Empty lines do not count. No field shows more than 1,000
/// characters, no row more than 1,000 fields. Refuses what is neither.
/// @param whole  the file has no more than these bytes.
[[nodiscard]] csv_preview preview_csv(std::string bytes, bool whole, int rows);

} // namespace aistudio::local::domain
