#pragma once

#include <aistudio/codec/json_writer.hpp>

#include <cstddef>
#include <vector>

namespace aistudio {

/// Rows of numbers in somebody else's memory, written as an array of arrays. The strides count
/// elements and may be negative, so that arrays of other libraries (row by row or column by column,
/// slices, views) are written without a copy. `T` is double, float, int64_t, int32_t or uint8_t.
template <json_number T>
struct matrix_view {
    const T* data = nullptr;
    std::size_t rows = 0;
    std::size_t columns = 0;
    std::ptrdiff_t row_stride = 0;
    std::ptrdiff_t column_stride = 1;

    matrix_view() = default;
    /// Rows one behind the other.
    matrix_view(const T* first, std::size_t row_count, std::size_t column_count) noexcept
        : matrix_view(first, row_count, column_count, static_cast<std::ptrdiff_t>(column_count),
                      1) {}
    matrix_view(const T* first, std::size_t row_count, std::size_t column_count,
                std::ptrdiff_t from_row_to_row, std::ptrdiff_t from_column_to_column) noexcept
        : data(first), rows(row_count), columns(column_count), row_stride(from_row_to_row),
          column_stride(from_column_to_column) {}

    [[nodiscard]] const T* row(std::size_t index) const noexcept {
        return data + static_cast<std::ptrdiff_t>(index) * row_stride;
    }
};

/// Rows of numbers that own their memory, one row behind the other. Read from an array of arrays of
/// equal length; written as one.
template <json_number T>
struct matrix {
    std::size_t rows = 0;
    std::size_t columns = 0;
    std::vector<T> values; // rows x columns

    [[nodiscard]] const T& operator()(std::size_t row, std::size_t column) const noexcept {
        return values[row * columns + column];
    }
    [[nodiscard]] T& operator()(std::size_t row, std::size_t column) noexcept {
        return values[row * columns + column];
    }
    [[nodiscard]] matrix_view<T> view() const noexcept { return {values.data(), rows, columns}; }
    friend bool operator==(const matrix&, const matrix&) = default;
};

/// Memory of a known shape that is filled from an array of arrays of exactly that shape; another
/// one is an error. Rows stand one behind the other.
template <json_number T>
struct matrix_span {
    T* data = nullptr;
    std::size_t rows = 0;
    std::size_t columns = 0;
};

} // namespace aistudio
