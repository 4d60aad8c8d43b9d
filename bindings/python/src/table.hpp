#pragma once

#include <aistudio/detail/bulk_source.hpp>

#include <pybind11/pybind11.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace aistudio::python {

/// The rows of somebody's table as records, written without a Python object a value.
class table_source : public detail::bulk_source {
public:
    [[nodiscard]] virtual std::size_t rows() const = 0;
    [[nodiscard]] std::optional<std::uint64_t> total() const override { return rows(); }
    /// What keeps the table's memory; to be destroyed with the GIL.
    [[nodiscard]] virtual std::shared_ptr<void> memory() const = 0;
};

/// `table` has the buffer protocol or that of Arrow (`__arrow_c_stream__`, `__arrow_c_array__`).
/// `columns`: names, so that a record is an object; None: Arrow's, or none.
/// Throws TypeError and ValueError for what cannot be written.
[[nodiscard]] std::unique_ptr<table_source> table_source_of(const pybind11::object& table,
                                                            const pybind11::object& columns);

/// An array of the caller's, filled row by row from answers.
class array_target {
public:
    /// Throws TypeError and ValueError for an array that cannot be filled.
    array_target(const pybind11::object& array, std::size_t rows);

    /// The numbers of an answer, however nested, fill a row exactly. Without the GIL.
    result<void> fill(std::uint64_t row, const std::string& text) const;
    /// NaN where the numbers can be that, else 0.
    void fill_nothing(std::uint64_t row) const;

private:
    enum class type { float64, float32, int64, int32, uint8 };
    void put(char* at, double real, std::int64_t whole) const;
    bool put_all(json_value from, char*& at, const char* end) const;

    std::shared_ptr<void> memory_;
    char* data_ = nullptr;
    std::size_t row_bytes_ = 0;
    std::size_t item_bytes_ = 0;
    type type_ = type::float64;
};

} // namespace aistudio::python
