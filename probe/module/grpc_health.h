#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rampart::probe {

// The messages of grpc.health.v1.Health/Check (gRPC's doc/health-checking.md) as they are sent: of
// protocol buffers, each behind gRPC's prefix of 5 bytes.

inline constexpr std::string_view kHealthCheck = "/grpc.health.v1.Health/Check";

// A HealthCheckRequest.
std::string make_health_request(std::string_view service);

// HealthCheckResponse.ServingStatus: 0 UNKNOWN, 1 SERVING, 2 NOT_SERVING, 3 SERVICE_UNKNOWN; also
// others, which newer servers may have.
using ServingStatus = std::int32_t;
inline constexpr ServingStatus kServing = 1;
inline constexpr ServingStatus kServingStatuses = 4;    // that have a name
std::string serving_status_name(ServingStatus status);  // its number where it has no name

// Of a body that holds one HealthCheckResponse and nothing else. Any bytes give it or an error
// (Errc::protocol).
base::Result<ServingStatus> read_health_reply(std::string_view body);

// The numbers of a call's status (gRPC's doc/statuscodes.md) that this side gives, too.
inline constexpr int kGrpcOk = 0;
inline constexpr int kGrpcUnknown = 2;
inline constexpr int kGrpcDeadlineExceeded = 4;
inline constexpr int kGrpcPermissionDenied = 7;
inline constexpr int kGrpcResourceExhausted = 8;
inline constexpr int kGrpcUnimplemented = 12;
inline constexpr int kGrpcInternal = 13;
inline constexpr int kGrpcUnavailable = 14;
inline constexpr int kGrpcUnauthenticated = 16;
std::string grpc_status_name(int status);  // "UNAVAILABLE"; its number where it has no name
// Of a reply without a status of its own (gRPC's doc/http-grpc-status-mapping.md).
int grpc_status_of_http(int status);
// What the field grpc-status says; kGrpcInternal where that is no number.
int read_grpc_status(std::string_view text);
// The field grpc-message with its percent signs decoded.
std::string read_grpc_message(std::string_view text);

}  // namespace rampart::probe
