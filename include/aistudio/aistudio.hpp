#pragma once

/// @file
/// Everything a program needs to talk to AI Studio. The local studio is in
/// `<aistudio/local/studio.hpp>`.

#include <aistudio/client.hpp>
#include <aistudio/codec/json.hpp>
#include <aistudio/error.hpp>
#include <aistudio/resources/predict_many.hpp>
#include <aistudio/sync_client.hpp>
#include <aistudio/sync_predict_many.hpp>
#include <aistudio/transport/event_loop.hpp>
#include <aistudio/version.hpp>
