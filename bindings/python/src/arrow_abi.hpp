#pragma once

#include <cstdint>

/// The C structures in which Arrow tables are passed between libraries of one process (Arrow's C
/// data interface). Their layout is fixed by its specification.
namespace aistudio::python::arrow {

struct schema {
    const char* format;
    const char* name;
    const char* metadata;
    std::int64_t flags;
    std::int64_t n_children;
    schema** children;
    schema* dictionary;
    void (*release)(schema*);
    void* private_data;
};

struct array {
    std::int64_t length;
    std::int64_t null_count;
    std::int64_t offset;
    std::int64_t n_buffers;
    std::int64_t n_children;
    const void** buffers;
    array** children;
    array* dictionary;
    void (*release)(array*);
    void* private_data;
};

struct stream {
    int (*get_schema)(stream*, schema*);
    int (*get_next)(stream*, array*);
    const char* (*get_last_error)(stream*);
    void (*release)(stream*);
    void* private_data;
};

/// Owns one of them.
template <class T>
class owner {
public:
    owner() = default;
    owner(owner&& other) noexcept : held_(other.held_) { other.held_.release = nullptr; }
    owner& operator=(owner&&) = delete;
    ~owner() {
        if (held_.release != nullptr)
            held_.release(&held_);
    }
    [[nodiscard]] T* get() noexcept { return &held_; }
    const T* operator->() const noexcept { return &held_; }

private:
    T held_{};
};

} // namespace aistudio::python::arrow
