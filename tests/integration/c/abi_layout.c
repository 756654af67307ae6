/* What programs compiled with the first version of the interface rely on: places of members and
   numbers of constants. A line here never changes; new members get new lines. */
#include <multiconnection.h>

/* C99 has no _Static_assert: an array of -1 elements is an error. */
#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#define HOLDS(condition)              \
  struct JOIN(holds_, __LINE__) {     \
    int unused[(condition) ? 1 : -1]; \
  }
#if UINTPTR_MAX == UINT64_MAX
#define AT(type, member, place) HOLDS(offsetof(type, member) == (place))
#else
#define AT(type, member, place) HOLDS(offsetof(type, member) <= (place))
#endif

AT(mc_error, struct_size, 0);
AT(mc_error, result, 8);
AT(mc_error, system_code, 12);
AT(mc_error, server_index, 16);
AT(mc_error, message, 24);
HOLDS(sizeof(((mc_error*)0)->message) == 512);

AT(mc_server_report, struct_size, 0);
AT(mc_server_report, id, 8);
AT(mc_server_report, index, 16);
AT(mc_server_report, url, 24);
AT(mc_server_report, state, 32);
AT(mc_server_report, code, 40);
AT(mc_server_report, reason, 48);
AT(mc_server_report, elapsed_ms, 56);
AT(mc_server_report, text, 64);
AT(mc_server_report, troubled_ms, 72);
AT(mc_server_report, next_try_ms, 80);
AT(mc_server_report, moved_to, 88);
AT(mc_server_report, backup, 96);

AT(mc_event, struct_size, 0);
AT(mc_event, code, 8);
AT(mc_event, level, 16);
AT(mc_event, repeats, 20);
AT(mc_event, reason, 24);
AT(mc_event, server, 32);
AT(mc_event, servers, 40);
AT(mc_event, server_count, 48);
AT(mc_event, elapsed_ms, 56);
AT(mc_event, text, 64);
AT(mc_event, stream, 72);
AT(mc_event, shared_object, 80);
AT(mc_event, shared_object_connection, 88);
AT(mc_event, reserved, 92);

AT(mc_video_format, struct_size, 0);
AT(mc_video_format, codec, 8);
AT(mc_video_format, width, 12);
AT(mc_video_format, height, 16);
AT(mc_video_format, bitrate_bps, 20);
AT(mc_video_format, frame_rate, 24);
AT(mc_video_format, configuration, 32);
AT(mc_video_format, configuration_size, 40);

AT(mc_audio_format, struct_size, 0);
AT(mc_audio_format, codec, 8);
AT(mc_audio_format, sample_rate, 12);
AT(mc_audio_format, channels, 16);
AT(mc_audio_format, bitrate_bps, 20);
AT(mc_audio_format, configuration, 24);
AT(mc_audio_format, configuration_size, 32);

AT(mc_packet, struct_size, 0);
AT(mc_packet, codec, 8);
AT(mc_packet, key_frame, 12);
AT(mc_packet, decode_time_ms, 16);
AT(mc_packet, presentation_time_ms, 24);
AT(mc_packet, data, 32);
AT(mc_packet, size, 40);

AT(mc_publish_options, struct_size, 0);
AT(mc_publish_options, publish_timeout_ms, 8);
AT(mc_publish_options, settle_time_ms, 16);
AT(mc_publish_options, mode, 24);
AT(mc_publish_options, reserved, 28);

AT(mc_server, struct_size, 0);
AT(mc_server, kind, 8);
AT(mc_server, reserved, 12);
AT(mc_server, number, 16);
AT(mc_server, text, 24);

AT(mc_reply, struct_size, 0);
AT(mc_reply, server, 8);
AT(mc_reply, result, 16);
AT(mc_reply, reserved, 20);
AT(mc_reply, message, 24);
AT(mc_reply, value, 32);
AT(mc_reply, values, 40);
AT(mc_reply, value_count, 48);
AT(mc_reply, error_info, 56);
AT(mc_reply, elapsed_ms, 64);

AT(mc_call_options, struct_size, 0);
AT(mc_call_options, deadline_ms, 8);
AT(mc_call_options, on_reply, 16);
AT(mc_call_options, user, 24);
AT(mc_call_options, destroy, 32);

AT(mc_remote_call, struct_size, 0);
AT(mc_remote_call, server, 8);
AT(mc_remote_call, method, 16);
AT(mc_remote_call, arguments, 24);
AT(mc_remote_call, argument_count, 32);

AT(mc_array_options, struct_size, 0);
AT(mc_array_options, executor, 8);
AT(mc_array_options, log, 16);
AT(mc_array_options, user, 24);
AT(mc_array_options, destroy, 32);
AT(mc_array_options, log_level, 40);

AT(mc_reconnect_policy, struct_size, 0);
AT(mc_reconnect_policy, enabled, 8);
AT(mc_reconnect_policy, attempts, 12);
AT(mc_reconnect_policy, initial_ms, 16);
AT(mc_reconnect_policy, factor, 24);
AT(mc_reconnect_policy, cap_ms, 32);
AT(mc_reconnect_policy, jitter, 40);
AT(mc_reconnect_policy, give_up_after_ms, 48);
AT(mc_reconnect_policy, healthy_after_ms, 56);
AT(mc_reconnect_policy, ghost_time_ms, 64);

AT(mc_drop_limits, struct_size, 0);
AT(mc_drop_limits, disposable_after_ms, 8);
AT(mc_drop_limits, video_after_ms, 16);
AT(mc_drop_limits, audio_after_ms, 24);
AT(mc_drop_limits, audio_only_after_ms, 32);
AT(mc_drop_limits, max_bytes, 40);

AT(mc_server_entry, struct_size, 0);
AT(mc_server_entry, url, 8);
AT(mc_server_entry, stream_name, 16);
AT(mc_server_entry, key, 24);
AT(mc_server_entry, time_offset_ms, 32);
AT(mc_server_entry, chunk_size, 40);
AT(mc_server_entry, reserved, 44);
AT(mc_server_entry, reconnect, 48);
AT(mc_server_entry, backups, 56);
AT(mc_server_entry, backup_count, 64);
AT(mc_server_entry, fail_back_after_ms, 72);
AT(mc_server_entry, standby, 80);
AT(mc_server_entry, reserved_2, 84);
AT(mc_server_entry, drop_limits, 88);
AT(mc_server_entry, priority, 96);
AT(mc_server_entry, reserved_3, 100);
AT(mc_server_entry, shared_objects, 104);
AT(mc_server_entry, reserved_4, 108);

AT(mc_backup, struct_size, 0);
AT(mc_backup, url, 8);
AT(mc_backup, stream_name, 16);
AT(mc_backup, key, 24);

AT(mc_connect_options, struct_size, 0);
AT(mc_connect_options, policy, 8);
AT(mc_connect_options, quorum, 12);
AT(mc_connect_options, setup_timeout_ms, 16);
AT(mc_connect_options, attempt_timeout_ms, 24);
AT(mc_connect_options, stall_timeout_ms, 32);
AT(mc_connect_options, flash_version, 40);
AT(mc_connect_options, swf_url, 48);
AT(mc_connect_options, page_url, 56);
AT(mc_connect_options, fields, 64);
AT(mc_connect_options, arguments, 72);
AT(mc_connect_options, argument_count, 80);
AT(mc_connect_options, reconnect, 88);
AT(mc_connect_options, recovery_time_ms, 96);

AT(mc_shared_object_options, struct_size, 0);
AT(mc_shared_object_options, persistent, 8);
AT(mc_shared_object_options, mode, 12);
AT(mc_shared_object_options, use_timeout_ms, 16);
AT(mc_shared_object_options, updates_per_second, 24);
AT(mc_shared_object_options, max_slots, 32);
AT(mc_shared_object_options, max_slot_bytes, 40);
AT(mc_shared_object_options, max_object_bytes, 48);

AT(mc_shared_object_report, struct_size, 0);
AT(mc_shared_object_report, server_id, 8);
AT(mc_shared_object_report, index, 16);
AT(mc_shared_object_report, state, 24);
AT(mc_shared_object_report, own_connection, 28);
AT(mc_shared_object_report, version, 32);
AT(mc_shared_object_report, reserved, 36);
AT(mc_shared_object_report, unacknowledged, 40);
AT(mc_shared_object_report, slots, 48);

AT(mc_change, struct_size, 0);
AT(mc_change, code, 8);
AT(mc_change, reserved, 12);
AT(mc_change, slot, 16);
AT(mc_change, value, 24);
AT(mc_change, old_value, 32);

AT(mc_sync, struct_size, 0);
AT(mc_sync, name, 8);
AT(mc_sync, server, 16);
AT(mc_sync, changes, 24);
AT(mc_sync, change_count, 32);
AT(mc_sync, snapshot, 40);
AT(mc_sync, reserved, 44);

AT(mc_shared_message, struct_size, 0);
AT(mc_shared_message, name, 8);
AT(mc_shared_message, server, 16);
AT(mc_shared_message, handler, 24);
AT(mc_shared_message, arguments, 32);
AT(mc_shared_message, argument_count, 40);

AT(mc_server_statistics, struct_size, 0);
AT(mc_server_statistics, id, 8);
AT(mc_server_statistics, index, 16);
AT(mc_server_statistics, url, 24);
AT(mc_server_statistics, state, 32);
AT(mc_server_statistics, code, 40);
AT(mc_server_statistics, reason, 48);
AT(mc_server_statistics, elapsed_ms, 56);
AT(mc_server_statistics, bytes_sent, 64);
AT(mc_server_statistics, bytes_received, 72);
AT(mc_server_statistics, bytes_acknowledged, 80);
AT(mc_server_statistics, audio_messages, 88);
AT(mc_server_statistics, video_messages, 96);
AT(mc_server_statistics, data_messages, 104);
AT(mc_server_statistics, dropped_audio, 112);
AT(mc_server_statistics, dropped_video, 120);
AT(mc_server_statistics, queue_bytes, 128);
AT(mc_server_statistics, queue_time_ms, 136);
AT(mc_server_statistics, lag_ms, 144);
AT(mc_server_statistics, bitrate_bps, 152);
AT(mc_server_statistics, stream, 160);
AT(mc_server_statistics, codecs, 168);
AT(mc_server_statistics, codec_count, 176);
AT(mc_server_statistics, refused_codecs, 184);
AT(mc_server_statistics, refused_codec_count, 192);
AT(mc_server_statistics, in_state_ms, 200);
AT(mc_server_statistics, last_error, 208);
AT(mc_server_statistics, reconnects, 216);
AT(mc_server_statistics, troubled_ms, 224);
AT(mc_server_statistics, next_try_ms, 232);
AT(mc_server_statistics, bitrate_10s_bps, 240);
AT(mc_server_statistics, bitrate_60s_bps, 248);
AT(mc_server_statistics, round_trip_us, 256);
AT(mc_server_statistics, enhanced, 264);
AT(mc_server_statistics, amf3, 268);
AT(mc_server_statistics, backup, 272);
AT(mc_server_statistics, standby, 280);
AT(mc_server_statistics, reserved, 284);
AT(mc_server_statistics, yielding, 288);
AT(mc_server_statistics, reserved_2, 292);

HOLDS(sizeof(mc_result) == 4 && MC_OK == 0 && MC_INVALID_ARGUMENT == 1 && MC_INVALID_STATE == 2 &&
      MC_UNSUPPORTED == 3 && MC_CORRUPT_DATA == 4 && MC_LIMIT_EXCEEDED == 5 && MC_TIMED_OUT == 6 &&
      MC_REFUSED == 7 && MC_CLOSED == 8 && MC_SYSTEM == 9 && MC_OUT_OF_MEMORY == 10 &&
      MC_INTERNAL == 11);
HOLDS(MC_VALUE_UNDEFINED == 0 && MC_VALUE_NULL == 1 && MC_VALUE_BOOLEAN == 2 &&
      MC_VALUE_NUMBER == 3 && MC_VALUE_STRING == 4 && MC_VALUE_OBJECT == 5 &&
      MC_VALUE_ECMA_ARRAY == 6 && MC_VALUE_ARRAY == 7 && MC_VALUE_DATE == 8 && MC_VALUE_XML == 9 &&
      MC_VALUE_BYTES == 10);
HOLDS(MC_STATE_IDLE == 0 && MC_STATE_CONNECTING == 1 && MC_STATE_HANDSHAKING == 2 &&
      MC_STATE_OPENING == 3 && MC_STATE_CONNECTED == 4 && MC_STATE_PUBLISHING == 5 &&
      MC_STATE_PLAYING == 6 && MC_STATE_CLOSING == 7 && MC_STATE_CLOSED == 8 &&
      MC_STATE_FAILED == 9);
HOLDS(MC_STANDBY_COLD == 0 && MC_STANDBY_WARM == 1 && MC_STANDBY_HOT == 2);
HOLDS(MC_LEVEL_STATUS == 0 && MC_LEVEL_WARNING == 1 && MC_LEVEL_ERROR == 2);
HOLDS(MC_LOG_DEBUG == 0 && MC_LOG_INFO == 1 && MC_LOG_WARNING == 2 && MC_LOG_ERROR == 3);
HOLDS(MC_POLICY_ALL == 0 && MC_POLICY_ANY == 1 && MC_POLICY_QUORUM == 2);
HOLDS(MC_CODEC_H264 == 1 && MC_CODEC_HEVC == 2 && MC_CODEC_AV1 == 3 && MC_CODEC_VP8 == 4 &&
      MC_CODEC_VP9 == 5);
HOLDS(MC_CODEC_AAC == 101 && MC_CODEC_MP3 == 102 && MC_CODEC_OPUS == 103 && MC_CODEC_FLAC == 104 &&
      MC_CODEC_AC3 == 105 && MC_CODEC_EAC3 == 106);
HOLDS(MC_SERVER_ALL == 0 && MC_SERVER_INDEX == 1 && MC_SERVER_ID == 2 && MC_SERVER_URL == 3 &&
      MC_SERVER_HOST == 4);
HOLDS(MC_PLACEMENT_SAME_CONNECTION == 0 && MC_PLACEMENT_OWN_CONNECTION == 1 &&
      MC_PLACEMENT_OFF == 2);
HOLDS(MC_MIRROR_INDEPENDENT == 0 && MC_MIRROR_CHANGES == 1 && MC_MIRROR_PRIMARY_WINS == 2);
HOLDS(MC_SHARED_OBJECT_OFF == 0 && MC_SHARED_OBJECT_WAITING == 1 && MC_SHARED_OBJECT_USING == 2 &&
      MC_SHARED_OBJECT_READY == 3 && MC_SHARED_OBJECT_FAILED == 4);
HOLDS(MC_CHANGE_SUCCESS == 0 && MC_CHANGE_CHANGE == 1 && MC_CHANGE_REJECT == 2 &&
      MC_CHANGE_DELETE == 3 && MC_CHANGE_CLEAR == 4);
HOLDS(MC_MEDIA_AUDIO == 8 && MC_MEDIA_VIDEO == 9 && MC_MEDIA_DATA == 18);
HOLDS(MC_PUBLISH_LIVE == 0 && MC_PUBLISH_RECORD == 1 && MC_PUBLISH_APPEND == 2 &&
      MC_PUBLISH_APPEND_WITH_GAP == 3);
HOLDS(MC_ABI_VERSION == 1);
