#pragma once

/// @file
/// One macro decides how the bodies in `impl/` are compiled. Header-only (the default): every
/// function is `inline` and each public header includes its body. With
/// `AISTUDIO_SEPARATE_COMPILATION` public headers only declare, and the compiled library
/// `aistudio::aistudio` brings the bodies.

#if defined(AISTUDIO_SEPARATE_COMPILATION)
#if defined(AISTUDIO_SHARED) && defined(__GNUC__)
#define AISTUDIO_DECL __attribute__((visibility("default")))
#else
#define AISTUDIO_DECL
#endif
#else
#define AISTUDIO_DECL inline
#endif

/// Exported class. Only shared builds of the compiled library need it; header-only classes are
/// plain.
#if defined(AISTUDIO_SHARED) && defined(__GNUC__)
#define AISTUDIO_API __attribute__((visibility("default")))
#else
#define AISTUDIO_API
#endif
