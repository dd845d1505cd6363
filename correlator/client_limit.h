#pragma once

#include <string>
#include <vector>

#include "correlator/timeline.h"

namespace rampart::correlator {

// What bounded the load other than the plan.
struct ClientLimit {
  std::string name;     // as ClientSummary::limited_by; empty: nothing
  std::string reason;   // a sentence for people, with what to do
  bool spoils = false;  // the figures speak of the client, not of the server
};

// The gravest limit, in this order; those that spoil come first:
//  - ports, fds, local: more than 1 % of the requests, or of the connections tried more than 10 %,
//    failed for want of something on this host (errors 9xx);
//  - cpu: requests left late although a connection stood idle; or a worker had no time left and
//    less was sent than asked; or the rate needs more load threads than there are, at the CPU time
//    that a request took them, whatever the server does;
//  - connections: the pool is too small for the rate, see pool_limit.h.
// Named only, for they are the server's or too little: server pushback, connections that a slow
// server keeps busy, send buffer, a few of 9xx.
// `silent` are stretches in which the server answered nothing; the burst after them is not held
// against the client.
ClientLimit find_client_limit(const Timeline& t, const std::vector<model::TimeSpan>& silent);

// Errors 9xx that spoil a run, which may be too short to be judged otherwise. Empty: none.
ClientLimit find_local_limit(const model::Evidence& e);

// Of all CPUs' time the percentage that the hypervisor gave to others.
double steal_percent(const model::Evidence& e);
// "; the hypervisor took 12 % of the CPU time ..." where that is 5 % or more, else empty.
std::string steal_text(const model::Evidence& e);

// Seconds at which some worker was at its own limit: busy for 95 %, or late by more than 10 ms at
// the 99th percentile.
std::vector<model::TimeSpan> client_at_limit(const Timeline& t);

}  // namespace rampart::correlator
