#pragma once

/// Everything an application of MultiConnection::multiconnection needs. The embedded server
/// (node.hpp) and FFmpeg sources (ffmpeg.hpp) have library targets and headers of their own.
#include "multiconnection/amf_value.hpp"
#include "multiconnection/call.hpp"
#include "multiconnection/error.hpp"
#include "multiconnection/flv_writer.hpp"
#include "multiconnection/log.hpp"
#include "multiconnection/media.hpp"
#include "multiconnection/multi_connection.hpp"
#include "multiconnection/multi_stream.hpp"
#include "multiconnection/packet_packager.hpp"
#include "multiconnection/packet_reader.hpp"
#include "multiconnection/server.hpp"
#include "multiconnection/shared_object.hpp"
#include "multiconnection/source.hpp"
#include "multiconnection/statistics.hpp"
#include "multiconnection/status.hpp"
#include "multiconnection/sync.hpp"
#include "multiconnection/version.hpp"
