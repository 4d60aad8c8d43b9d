#include "local/store/folder_lock.hpp"

#include "local/store/files.hpp"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <sys/file.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace aistudio::local::store {
namespace {

constexpr std::chrono::seconds leftover_time{5};

long holder_of(int lock_file) {
    char text[32]{};
    const auto n = ::pread(lock_file, text, sizeof text - 1, 0);
    return n > 0 ? std::strtol(text, nullptr, 10) : 0;
}

} // namespace

folder_lock::folder_lock(folder_lock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

folder_lock& folder_lock::operator=(folder_lock&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

folder_lock::~folder_lock() {
    if (descriptor_ >= 0)
        ::close(descriptor_);
}

long folder_lock::take(const std::filesystem::path& folder) {
    const auto file = folder / "lock";
    descriptor_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor_ < 0)
        throw_system("cannot open " + file.string());
    const auto patience = std::chrono::steady_clock::now() + leftover_time;
    while (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
        const long holder = holder_of(descriptor_);
        // A studio that was killed leaves processes for a moment; they hold what it held until they
        // end, too.
        const bool dead =
            holder > 0 && ::kill(static_cast<pid_t>(holder), 0) != 0 && errno == ESRCH;
        if (!dead || std::chrono::steady_clock::now() > patience)
            return holder > 0 ? holder : -1;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    const auto text = std::to_string(::getpid()) + "\n";
    if (::ftruncate(descriptor_, 0) != 0 ||
        ::pwrite(descriptor_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
        throw_system("cannot write " + file.string());
    return 0;
}

} // namespace aistudio::local::store
