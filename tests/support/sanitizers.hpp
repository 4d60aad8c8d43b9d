#pragma once

/// @file
/// Defines AISTUDIO_TEST_SANITIZED where a sanitizer replaces the allocation functions.

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define AISTUDIO_TEST_SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define AISTUDIO_TEST_SANITIZED
#endif
#endif
