#pragma once

#include "lab.h"
#include "probe/agenda.h"
#include "probe/self_check.h"

namespace rampart::probe {

// Whether the prober of a lab is well; connects by sockets of its own.
struct Watch {
  explicit Watch(Lab& lab) : Watch(lab, lab.loop) {}
  // By a loop that nobody runs, which never learns how the prober is.
  Watch(Lab& lab, net::Loop& looks)
      : sockets(lab.plan.permitted, tuples, lab.clock),
        agenda(looks, lab.clock),
        check(looks, agenda, sockets, lab.clock) {}
  Kept<model::OwnTuple> tuples;
  OwnSockets sockets;
  Agenda agenda;
  SelfCheck check;
  OwnTrouble trouble{check};
};

}  // namespace rampart::probe
