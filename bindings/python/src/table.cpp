#include "table.hpp"

#include "arrow_abi.hpp"
#include "bind_struct.hpp"

#include <aistudio/codec/json_writer.hpp>
#include <aistudio/resources/predictor.hpp> // for answer_of

#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <vector>

namespace aistudio::python {
namespace {

/// Held with the GIL wherever it is let go.
std::shared_ptr<void> held_with_gil(auto* what) {
    return {what, [](auto* gone) {
                if (Py_IsInitialized() == 0)
                    return;
                const py::gil_scoped_acquire gil;
                delete gone;
            }};
}

struct buffer {
    Py_buffer view{};
    buffer(py::handle of, int flags) {
        if (PyObject_GetBuffer(of.ptr(), &view, flags) != 0)
            throw py::error_already_set();
    }
    buffer(const buffer&) = delete;
    buffer& operator=(const buffer&) = delete;
    ~buffer() { PyBuffer_Release(&view); }
};

/// Writes the value at a place; false: JSON cannot hold it.
using write_value = bool (*)(json_writer&, const char*);

template <class T>
bool write_number(json_writer& to, const char* from) {
    T v;
    std::memcpy(&v, from, sizeof v);
    if constexpr (std::same_as<T, bool>)
        to.boolean(v);
    else if constexpr (std::floating_point<T>) {
        if (!std::isfinite(v))
            return false;
        to.number(v);
    } else if constexpr (std::is_unsigned_v<T>)
        to.unsigned_integer(v);
    else
        to.integer(v);
    return true;
}

/// By format of Python's `struct` module; null: not one of ours.
write_value writer_of_buffer(std::string_view format) {
    if (format.starts_with('=') || format.starts_with('@') || format.starts_with('<'))
        format.remove_prefix(1);
    if (format == "d")
        return write_number<double>;
    if (format == "f")
        return write_number<float>;
    if (format == "l" || format == "q")
        return write_number<std::int64_t>;
    if (format == "L" || format == "Q")
        return write_number<std::uint64_t>;
    if (format == "i")
        return write_number<std::int32_t>;
    if (format == "I")
        return write_number<std::uint32_t>;
    if (format == "h")
        return write_number<std::int16_t>;
    if (format == "H")
        return write_number<std::uint16_t>;
    if (format == "b")
        return write_number<std::int8_t>;
    if (format == "B")
        return write_number<std::uint8_t>;
    if (format == "?")
        return write_number<bool>;
    return nullptr;
}

std::vector<std::string> names_from(const py::object& columns) {
    std::vector<std::string> out;
    if (columns.is_none())
        return out;
    if (PyUnicode_Check(columns.ptr()))
        throw_wrong_type("predict_array: columns", "a sequence of str", columns);
    for (const auto name : py::iter(columns))
        out.push_back(text_of(name, "predict_array: columns"));
    return out;
}

problem unwritable(const std::string& where) {
    return make_problem(errc::encode_failed,
                        where + ": JSON has no NaN and no infinity; replace them first.");
}

/// An array with the buffer protocol. Rows are its first dimension.
class array_source final : public table_source {
public:
    array_source(const py::object& table, std::vector<std::string> columns)
        : buffer_(new buffer(table, PyBUF_FORMAT | PyBUF_STRIDES)), memory_(held_with_gil(buffer_)),
          columns_(std::move(columns)) {
        const auto& v = buffer_->view;
        const std::string format = v.format == nullptr ? "B" : v.format;
        write_ = writer_of_buffer(format);
        if (write_ == nullptr)
            throw py::type_error("predict_array: an array of format '" + format +
                                 "' cannot be written; convert it to numbers of this machine, such "
                                 "as with astype('float64').");
        if (v.ndim < 2)
            throw py::value_error("predict_array: expected an array of two dimensions or more, a "
                                  "row for each record, not of " +
                                  std::to_string(v.ndim) + ".");
        if (!columns_.empty() &&
            (v.ndim != 2 || v.shape[1] != static_cast<Py_ssize_t>(columns_.size())))
            throw py::value_error("predict_array: there are " + std::to_string(columns_.size()) +
                                  " names in columns, but " + std::to_string(v.shape[1]) +
                                  " columns in the array.");
    }

    [[nodiscard]] std::size_t rows() const override {
        return static_cast<std::size_t>(buffer_->view.shape[0]);
    }
    [[nodiscard]] std::shared_ptr<void> memory() const override { return memory_; }

    pulled pull(std::string& body, problem& why) override {
        if (next_ == rows())
            return pulled::end;
        const auto& v = buffer_->view;
        const auto* const row =
            static_cast<const char*>(v.buf) + static_cast<Py_ssize_t>(next_++) * v.strides[0];
        body.clear();
        json_writer to(body);
        if (columns_.empty() ? dimension(to, row, 1) : object(to, row))
            return pulled::record;
        why = unwritable("row " + std::to_string(next_ - 1));
        return pulled::refused;
    }

private:
    bool object(json_writer& to, const char* row) const {
        to.begin_object();
        for (const auto& name : columns_) {
            to.key(name);
            if (!write_(to, row))
                return false;
            row += buffer_->view.strides[1];
        }
        to.end_object();
        return true;
    }
    bool dimension(json_writer& to, const char* at, int which) const {
        const auto& v = buffer_->view;
        to.begin_array();
        for (Py_ssize_t i = 0; i < v.shape[which]; ++i, at += v.strides[which])
            if (!(which + 1 < v.ndim ? dimension(to, at, which + 1) : write_(to, at)))
                return false;
        to.end_array();
        return true;
    }

    buffer* buffer_; // of memory_
    std::shared_ptr<void> memory_;
    std::vector<std::string> columns_;
    write_value write_ = nullptr;
    std::size_t next_ = 0;
};

/// What a column of Arrow's holds.
struct arrow_column {
    enum class layout { number, boolean, text, large_text };
    std::string name;
    layout form = layout::number;
    write_value write = nullptr;
    std::size_t width = 0;
};

arrow_column column_of(const arrow::schema& from) {
    arrow_column out;
    out.name = from.name == nullptr ? "" : from.name;
    const std::string_view format = from.format;
    const auto number = [&](write_value write, std::size_t width) {
        out.write = write;
        out.width = width;
        return out;
    };
    if (from.dictionary == nullptr) {
        if (format == "g")
            return number(write_number<double>, 8);
        if (format == "f")
            return number(write_number<float>, 4);
        if (format == "l")
            return number(write_number<std::int64_t>, 8);
        if (format == "L")
            return number(write_number<std::uint64_t>, 8);
        if (format == "i")
            return number(write_number<std::int32_t>, 4);
        if (format == "I")
            return number(write_number<std::uint32_t>, 4);
        if (format == "s")
            return number(write_number<std::int16_t>, 2);
        if (format == "S")
            return number(write_number<std::uint16_t>, 2);
        if (format == "c")
            return number(write_number<std::int8_t>, 1);
        if (format == "C")
            return number(write_number<std::uint8_t>, 1);
        if (format == "b")
            return out.form = arrow_column::layout::boolean, out;
        if (format == "u")
            return out.form = arrow_column::layout::text, out;
        if (format == "U")
            return out.form = arrow_column::layout::large_text, out;
    }
    throw py::type_error("predict_array: column '" + out.name + "' has Arrow's type '" +
                         std::string(format) +
                         "', which cannot be written; cast it to numbers, booleans or text.");
}

bool bit(const void* bits, std::int64_t at) {
    return (static_cast<const std::uint8_t*>(bits)[at / 8] >> (at % 8) & 1U) != 0;
}

/// Writes one value of a column; false: JSON cannot hold it.
bool write_arrow(json_writer& to, const arrow_column& column, const arrow::array& a,
                 std::int64_t row) {
    const auto at = row + a.offset;
    if (a.null_count != 0 && a.buffers[0] != nullptr && !bit(a.buffers[0], at)) {
        to.null();
        return true;
    }
    const auto text = [&]<class Offset>(Offset) {
        const auto* const offsets = static_cast<const Offset*>(a.buffers[1]);
        const auto* const bytes = static_cast<const char*>(a.buffers[2]);
        to.string({bytes + offsets[at], static_cast<std::size_t>(offsets[at + 1] - offsets[at])});
        return !to.failed();
    };
    switch (column.form) {
    case arrow_column::layout::number:
        return column.write(to, static_cast<const char*>(a.buffers[1]) +
                                    static_cast<std::size_t>(at) * column.width);
    case arrow_column::layout::boolean:
        to.boolean(bit(a.buffers[1], at));
        return true;
    case arrow_column::layout::text:
        return text(std::int32_t{});
    case arrow_column::layout::large_text:
        return text(std::int64_t{});
    }
    return false;
}

/// Tables of Arrow, as a list of batches.
class arrow_source final : public table_source {
public:
    arrow_source(const py::object& table, const std::vector<std::string>& names)
        : held_(new held), memory_(held_with_gil(held_)) {
        if (py::hasattr(table, "__arrow_c_stream__"))
            read_stream(table.attr("__arrow_c_stream__")());
        else
            read_array(table.attr("__arrow_c_array__")());
        if (!names.empty() && names.size() != columns_.size())
            throw py::value_error("predict_array: there are " + std::to_string(names.size()) +
                                  " names in columns, but " + std::to_string(columns_.size()) +
                                  " columns in the table.");
        for (std::size_t i = 0; i < names.size(); ++i)
            columns_[i].name = names[i];
        for (const auto& batch : held_->batches)
            rows_ += static_cast<std::size_t>(batch->length);
    }

    [[nodiscard]] std::size_t rows() const override { return rows_; }
    [[nodiscard]] std::shared_ptr<void> memory() const override { return memory_; }

    pulled pull(std::string& body, problem& why) override {
        while (batch_ < held_->batches.size() && row_ == held_->batches[batch_]->length) {
            ++batch_;
            row_ = 0;
        }
        if (batch_ == held_->batches.size())
            return pulled::end;
        const auto& batch = held_->batches[batch_];
        const auto row = batch->offset + row_++;
        ++done_;
        body.clear();
        json_writer to(body);
        to.begin_object();
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            to.key(columns_[i].name);
            if (!write_arrow(to, columns_[i], *batch->children[i], row)) {
                why = unwritable("row " + std::to_string(done_ - 1) + ", column '" +
                                 columns_[i].name + "'");
                return pulled::refused;
            }
        }
        to.end_object();
        return pulled::record;
    }

private:
    struct held {
        std::vector<arrow::owner<arrow::array>> batches;
    };

    void read_stream(const py::object& capsule) {
        auto* const stream =
            static_cast<arrow::stream*>(PyCapsule_GetPointer(capsule.ptr(), "arrow_array_stream"));
        if (stream == nullptr)
            throw py::error_already_set();
        arrow::owner<arrow::schema> schema;
        check(stream, stream->get_schema(stream, schema.get()));
        read_schema(*schema.get());
        for (;;) {
            arrow::owner<arrow::array> batch;
            check(stream, stream->get_next(stream, batch.get()));
            if (batch->release == nullptr)
                return;
            held_->batches.push_back(std::move(batch));
        }
    }

    void read_array(const py::tuple& capsules) {
        auto* const schema = static_cast<arrow::schema*>(
            PyCapsule_GetPointer(py::object(capsules[0]).ptr(), "arrow_schema"));
        auto* const array = static_cast<arrow::array*>(
            PyCapsule_GetPointer(py::object(capsules[1]).ptr(), "arrow_array"));
        if (schema == nullptr || array == nullptr)
            throw py::error_already_set();
        read_schema(*schema);
        arrow::owner<arrow::array> batch;
        *batch.get() = *array; // it is ours now: that is how the interface moves
        array->release = nullptr;
        held_->batches.push_back(std::move(batch));
    }

    void read_schema(const arrow::schema& schema) {
        if (std::string_view(schema.format) != "+s")
            throw py::type_error("predict_array: expected a table or record batch of Arrow, not a "
                                 "single column.");
        for (std::int64_t i = 0; i < schema.n_children; ++i)
            columns_.push_back(column_of(*schema.children[i]));
    }

    static void check(arrow::stream* stream, int code) {
        if (code == 0)
            return;
        const char* const text = stream->get_last_error(stream);
        throw py::value_error(std::string("predict_array: the table cannot be read: ") +
                              (text == nullptr ? std::strerror(code) : text));
    }

    held* held_; // of memory_
    std::shared_ptr<void> memory_;
    std::vector<arrow_column> columns_;
    std::size_t rows_ = 0;
    std::size_t batch_ = 0;
    std::int64_t row_ = 0;
    std::size_t done_ = 0;
};

} // namespace

std::unique_ptr<table_source> table_source_of(const py::object& table, const py::object& columns) {
    auto names = names_from(columns);
    if (py::hasattr(table, "__arrow_c_stream__") || py::hasattr(table, "__arrow_c_array__"))
        return std::make_unique<arrow_source>(table, names);
    if (PyObject_CheckBuffer(table.ptr()) == 0)
        throw_wrong_type("predict_array", "an array (buffer protocol) or a table of Arrow", table);
    return std::make_unique<array_source>(table, std::move(names));
}

array_target::array_target(const py::object& array, std::size_t rows) {
    if (PyObject_CheckBuffer(array.ptr()) == 0)
        throw_wrong_type("predict_array: out", "an array (buffer protocol)", array);
    auto* const held = new buffer(array, PyBUF_FORMAT | PyBUF_WRITABLE | PyBUF_C_CONTIGUOUS);
    memory_ = held_with_gil(held);
    const auto& v = held->view;
    const std::string_view format = v.format == nullptr ? "B" : v.format;
    if (format == "d")
        type_ = type::float64;
    else if (format == "f")
        type_ = type::float32;
    else if (format == "l" || format == "q")
        type_ = type::int64;
    else if (format == "i")
        type_ = type::int32;
    else if (format == "B")
        type_ = type::uint8;
    else
        throw py::type_error(
            "predict_array: out: expected float64, float32, int64, int32 or uint8, "
            "not format '" +
            std::string(format) + "'.");
    if (v.ndim < 1 || v.shape[0] != static_cast<Py_ssize_t>(rows))
        throw py::value_error("predict_array: out: expected " + std::to_string(rows) +
                              " rows, one for each record.");
    data_ = static_cast<char*>(v.buf);
    item_bytes_ = static_cast<std::size_t>(v.itemsize);
    row_bytes_ = rows == 0 ? 0 : static_cast<std::size_t>(v.len) / rows;
}

result<void> array_target::fill(std::uint64_t row, const std::string& text) const {
    const auto refused = [&](std::string why) {
        problem p = make_problem(errc::decode_failed, std::move(why), phase::decode);
        p.outcome = outcome::done;
        return p;
    };
    json_document& document = detail::thread_document();
    const auto root = document.parse(text);
    if (!root)
        return root.error();
    char* at = data_ + row * row_bytes_;
    const char* const end = at + row_bytes_;
    if (!put_all(detail::answer_of(*root), at, end))
        return refused("The answer has something that is no number that `out` can hold.");
    if (at != end)
        return refused("The answer has not as many numbers as a row of `out` (" +
                       std::to_string(row_bytes_ / item_bytes_) + ").");
    return {};
}

bool array_target::put_all(json_value from, char*& at, const char* end) const {
    switch (from.kind()) {
    case json_kind::array:
        for (const auto item : from.items())
            if (!put_all(item, at, end))
                return false;
        return true;
    case json_kind::integer:
    case json_kind::unsigned_integer:
    case json_kind::number:
    case json_kind::boolean:
        break;
    default:
        return false;
    }
    if (at >= end)
        return at = const_cast<char*>(end) + 1, true; // too many; told by the count
    const auto whole = from.kind() == json_kind::boolean
                           ? std::optional<std::int64_t>(*from.get_bool() ? 1 : 0)
                           : from.get_int64();
    const bool is_real = type_ == type::float64 || type_ == type::float32;
    if (!is_real && !whole)
        return false;
    if (type_ == type::int32 && *whole != static_cast<std::int32_t>(*whole))
        return false;
    if (type_ == type::uint8 && *whole != static_cast<std::uint8_t>(*whole))
        return false;
    const double real = from.kind() == json_kind::boolean ? static_cast<double>(*whole)
                        : is_real                         ? from.get_double().value()
                                                          : 0;
    put(at, real, is_real ? 0 : *whole);
    at += item_bytes_;
    return true;
}

void array_target::put(char* at, double real, std::int64_t whole) const {
    const auto store = [at](auto v) { std::memcpy(at, &v, sizeof v); };
    switch (type_) {
    case type::float64:
        return store(real);
    case type::float32:
        return store(static_cast<float>(real));
    case type::int64:
        return store(whole);
    case type::int32:
        return store(static_cast<std::int32_t>(whole));
    case type::uint8:
        return store(static_cast<std::uint8_t>(whole));
    }
}

void array_target::fill_nothing(std::uint64_t row) const {
    char* const first = data_ + row * row_bytes_;
    for (char* at = first; at < first + row_bytes_; at += item_bytes_)
        put(at, std::numeric_limits<double>::quiet_NaN(), 0);
}

} // namespace aistudio::python
