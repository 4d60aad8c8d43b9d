#pragma once

#include "jni_support.hpp"

#include <memory>
#include <string>

/// What SWIG wraps. Text is UTF-8 and crosses as `byte[]`, values as `to_bytes` writes them.
/// Failures are thrown as `api_error` and become `AiStudioException`.
namespace aistudio::java {

/// What a client has to tell. Lives as long as it likes.
class native_events {
public:
    ~native_events();
    /// Waits until there is something and fills `into` with events (see `event_queue`). Returns how
    /// many bytes; 0: the client is gone and nothing is left; negative: this much room is needed.
    long long take(byte_array into);

    struct impl;
    explicit native_events(std::unique_ptr<impl> i);

private:
    std::unique_ptr<impl> impl_;
};

/// A client with its predictors. Calls are told to `events` by the numbers they are given here; the
/// lower 32 bits are unique among those in flight. `deadline_ms` below 0: the client's.
class native_client {
public:
    /// `client_options` as bytes. Log lines less important than `log_level` are dropped.
    native_client(const std::string& options, const std::string& log_level);
    ~native_client();
    /// The caller owns what it gets.
    native_events* events() const;
    std::string base_url() const;
    /// Starts an operation by its place in `all_operations`.
    void start(int operation, const std::string& arguments, long long call) const;
    void cancel(long long call) const;

    /// Takes an `endpoint` as bytes and returns the predictor's number: the same for the same.
    int predictor(const std::string& endpoint, bool idempotent);
    /// The same predictor with a `retry_policy` as bytes in place of the client's, by a number of
    /// its own.
    int with_retry(int predictor, const std::string& retry);
    std::string predictor_url(int predictor) const;
    /// Sends JSON; the answer's bytes are the call's result.
    void predict_bytes(int predictor, byte_array json, int offset, int length,
                       long long deadline_ms, long long call) const;
    /// The same from memory outside the heap.
    void predict_memory(int predictor, direct_memory json, int offset, int length,
                        long long deadline_ms, long long call) const;
    /// Sends numbers: rows of `columns`, or one row by itself for `columns` 0. The result is the
    /// answer's rows, their length (4 bytes each, big endian) and its numbers (8 bytes each, little
    /// endian).
    void predict_doubles(int predictor, double_array values, int columns, long long deadline_ms,
                         long long call) const;
    /// Waits in the calling thread.
    std::string predict_now(int predictor, byte_array json, int offset, int length,
                            long long deadline_ms) const;

    void close();

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

std::string library_version();

/// A value type's bytes, read and written again; for tests of the codec. `type` is the C++ name.
std::string round_trip(const std::string& type, const std::string& bytes);

} // namespace aistudio::java
