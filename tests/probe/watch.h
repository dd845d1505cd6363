#pragma once

#include "lab.h"
#include "probe/agenda.h"
#include "probe/self_check.h"

namespace rampart::probe {

// Whether the prober of a lab is well; connects by sockets of its own.
struct Watch {
  explicit Watch(Lab& lab)
      : sockets(lab.plan.permitted, tuples, lab.clock),
        agenda(lab.loop, lab.clock),
        check(lab.loop, agenda, sockets, lab.clock) {}
  Kept<model::OwnTuple> tuples;
  OwnSockets sockets;
  Agenda agenda;
  SelfCheck check;
  OwnTrouble trouble{check};
};

}  // namespace rampart::probe
