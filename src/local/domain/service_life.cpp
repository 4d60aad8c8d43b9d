#include "local/domain/service_life.hpp"

#include "local/refusal.hpp"

#include <algorithm>
#include <utility>

namespace aistudio::local::domain {

std::optional<timestamp> service_life::pauses_at() const {
    if (!runs())
        return std::nullopt;
    return idle_since + (state == service_state::online ? online_patience : sandbox_patience);
}

void service_life::check_draft() const {
    if (state != service_state::draft)
        refuse_conflict("Only a draft can be changed, of any other service the name; make a new "
                        "service and deploy it in place of this one.");
}

void service_life::make_sandbox(timestamp now) {
    if (state == service_state::sandbox)
        return;
    if (state != service_state::draft)
        refuse_conflict("The service has its sandbox already.");
    state = service_state::sandbox;
    idle_since = now;
}

void service_life::check_deployable() const {
    if (state == service_state::paused)
        refuse_conflict("The service is paused; resume it first.");
    if (!runs())
        refuse_conflict("The service has no sandbox; create and test one first.");
}

void service_life::deploy(timestamp now) {
    check_deployable();
    if (std::exchange(state, service_state::online) != service_state::online)
        idle_since = now;
}

void service_life::give_way(timestamp now) {
    if (state == service_state::paused) {
        resumes_as = service_state::sandbox;
    } else {
        state = service_state::sandbox;
        idle_since = now; // a sandbox has less patience: it begins now
    }
}

void service_life::pause() {
    if (state == service_state::draft)
        refuse_conflict("The service is a draft; there is nothing to pause.");
    if (state != service_state::paused)
        resumes_as = std::exchange(state, service_state::paused);
}

void service_life::resume(timestamp now) {
    if (state == service_state::draft)
        refuse_conflict("The service is a draft; create its sandbox instead.");
    if (state != service_state::paused)
        return;
    state = std::exchange(resumes_as, service_state::unknown);
    idle_since = now;
}

void service_life::called(timestamp now) {
    if (runs())
        idle_since = now;
}

bool service_life::pause_if_idle(timestamp now) {
    if (!runs())
        return false;
    idle_since = std::min(idle_since, now);
    if (now <= *pauses_at())
        return false;
    pause();
    return true;
}

} // namespace aistudio::local::domain
