#pragma once

#include <filesystem>

namespace aistudio::local::store {

/// Keeps other processes (and other studios of this one) out of a folder for as long as it lives.
/// The system lets go of it when the process dies.
class folder_lock {
public:
    folder_lock() = default;
    folder_lock(folder_lock&& other) noexcept;
    folder_lock& operator=(folder_lock&& other) noexcept;
    ~folder_lock();

    /// Takes the lock. Returns 0, the process id of the holder, or -1 when the holder is not known.
    /// Throws `std::system_error` when the lock file cannot be made.
    [[nodiscard]] long take(const std::filesystem::path& folder);

private:
    int descriptor_ = -1;
};

} // namespace aistudio::local::store
