#pragma once

/// Marks what the shared library exports; everything else stays hidden.
#if defined(_WIN32)
#if defined(MULTICONNECTION_BUILDING)
#define MC_API __declspec(dllexport)
#else
#define MC_API __declspec(dllimport)
#endif
#else
#define MC_API __attribute__((visibility("default")))
#endif
