/* Teams: named groups of domains. */
#include <sley/team.h>

#include <stdio.h>

#include "domain/life/life.h"
#include "domain/shared/shared.h"

typedef struct member {
  sley_team *team;
  sley_domain *domain;
  uint64_t load;             /* any thread, __atomic */
  shutdown_request *request; /* to shut it down, while others are still being started */
} member;

struct sley_team {
  shared_object shared;
  char name[32];
  bool named, ending; /* under the lock of names */
  sley_team *next_named;
  size_t count;
  sley_domain **domains;
  member members[];
};

/* Under the lock of names. */
static sley_team *named;
static uintptr_t named_origin; /* sley__origin of the process that named them */

/* ---- names ---- */

/* The child of a fork does not take the names of its parent. */
static void names_lock(void)
{
  sley__process_lock(SLEY__LOCK_NAMES);
  if (named_origin == sley__origin) return;
  named_origin = sley__origin;
  named = NULL;
}

static void names_unlock(void) { sley__process_unlock(SLEY__LOCK_NAMES); }

static sley_team **place_of(const char *name)
{
  sley_team **place = &named;
  while (*place != NULL && strcmp((*place)->name, name) != 0) place = &(*place)->next_named;
  return place;
}

static bool name_take(sley_team *team)
{
  names_lock();
  sley_team **place = place_of(team->name);
  bool is_free = *place == NULL;
  if (is_free) {
    *place = team;
    team->named = true;
  }
  names_unlock();
  return is_free;
}

/* Under the lock. */
static void name_remove(sley_team *team)
{
  sley_team **place = place_of(team->name);
  if (team->named && *place == team) *place = team->next_named;
  team->named = false;
}

static void name_give_back(sley_team *team)
{
  names_lock();
  name_remove(team);
  names_unlock();
}

sley_team *sley_team_lookup(const char *name)
{
  names_lock();
  sley_team *team = *place_of(name);
  if (team != NULL) sley__shared_keep(team);
  names_unlock();
  return team;
}

/* ---- life ---- */

static void team_free(sley_team *team)
{
  name_give_back(team);
  for (size_t i = 0; i < team->count; i++) sley_domain_drop(team->domains[i]);
  sley__shared_free(team);
}

static sley_error *wrong(const char *why)
{
  return sley_error_new(&sley_kind_sley, SLEY_EINVAL, "a team cannot be made: %s", why);
}

/* What ends a member is allocated before it starts, so a running member can always be ended. */
static sley_error *team_member_start(sley_team *team, const sley_domain_options *options)
{
  member *m = &team->members[team->count];
  sley_promise *over;
  m->request = sley__shutdown_prepare("", &over);
  if (m->request == NULL) return sley_error_nomem();
  sley_error *e = sley__domain_spawn("", options, &m->domain);
  if (e != NULL) {
    sley__shutdown_forget(m->request);
  } else {
    m->team = team;
    team->domains[team->count++] = m->domain;
  }
  sley_drop(over);
  return e;
}

static sley_error *team_members_start(sley_team *team, const sley_team_options *o, size_t count)
{
  int code = 0;
  /* What ends them is this domain's: its engine may be one that cannot be had. */
  if (sley__seat_open(sley__self(), &code) == NULL) return sley__loop_error("", code);
  sley_domain_options options = {.size = sizeof(options)};
  char name[48];
  sley_error *e = NULL;
  if (o->domain != NULL) options = *o->domain;
  options.start = NULL;
  options.arg = sley_unit();
  options.hook_drop = options.report_drop = NULL; /* all members share their contexts */
  options.name = name;
  if (o->spread && (options.processor != 0 || options.processors != NULL))
    return wrong("it is to be spread, and its domain options name processors too");
  while (e == NULL && team->count < count) {
    if (o->spread) options.processor = sley_domain_processor(team->count);
    snprintf(name, sizeof(name), "%s-%zu", o->name != NULL ? o->name : "team", team->count);
    e = team_member_start(team, &options);
  }
  for (size_t i = 0; i < team->count; i++) {
    member *m = &team->members[i];
    if (e == NULL) sley__shutdown_forget(m->request);
    else sley__shutdown_send(m->request, m->domain);
  }
  return e;
}

sley_error *sley_team_new(const sley_team_options *options, sley_team **out)
{
  SLEY__NEEDS(out);
  *out = NULL;
  SLEY__OPTIONS_READ(options, sley_team_options, "sley_team_new");
  size_t count = options->count != 0 ? options->count : sley_domain_default_count();
  if (count > DOMAINS_MOST) return wrong("it has too many members: at most 4,096 are possible");
  if (options->name != NULL && strlen(options->name) >= sizeof(((sley_team *)0)->name))
    return wrong("its name is longer than 31 bytes");
  size_t members = sizeof(sley_team) + count * sizeof(member);
  sley_team *team = sley__shared_new(members + count * sizeof(sley_domain *));
  if (team == NULL) return sley_error_nomem();
  team->domains = (sley_domain **)(void *)((char *)team + members);
  snprintf(team->name, sizeof(team->name), "%s", options->name != NULL ? options->name : "");
  sley_error *e =
      options->name == NULL || name_take(team) ? NULL : wrong("there is one of its name");
  if (e == NULL) e = team_members_start(team, options, count);
  if (e == NULL) *out = team;
  else team_free(team);
  return e;
}

sley_team *sley_team_keep(sley_team *team)
{
  SLEY__NEEDS(team);
  sley__shared_keep(team);
  return team;
}

void sley_team_drop(sley_team *team)
{
  if (team == NULL) return;
  /* Looking up a team keeps it under the lock of names; so the last handle is dropped under it, too. */
  names_lock();
  bool last = sley__shared_release(team);
  if (last) name_remove(team);
  names_unlock();
  if (last) team_free(team);
}

size_t sley_team_count(const sley_team *team)
{
  SLEY__NEEDS(team);
  return team->count;
}

sley_domain *sley_team_domain(const sley_team *team, size_t index)
{
  SLEY__NEEDS(team);
  if (index >= team->count)
    sley__abort(
        "sley_team_domain was asked for member %zu of %zu: members are counted from 0; "
        "sley_team_count returns their number",
        index, team->count);
  return team->domains[index];
}

sley_domain *const *sley_team_domains(const sley_team *team)
{
  SLEY__NEEDS(team);
  return team->domains;
}

static void team_domain_release(void *ctx) { sley_domain_drop(ctx); }

/* Something else already ends the member: waits for that. */
static sley_promise *wait_for_end(void *ctx, sley_error *e)
{
  if (sley_error_is(e, &sley_kind_sley, SLEY_EGONE)) return sley_domain_join(ctx);
  return sley_fail(sley_error_keep(e));
}

static sley_promise *team_member_shutdown(const char *site, sley_domain *domain, double seconds)
{
  return sley_catch_at(site, sley_domain_shutdown_at(site, domain, seconds), wait_for_end,
                       sley_domain_keep(domain), team_domain_release);
}

sley_promise *sley_team_shutdown_at(const char *site, sley_team *team, double seconds)
{
  SLEY__NEEDS_AT(site, team);
  sley_domain *d = sley__self();
  sley__shared_use_at(site, team, "a team");
  size_t bytes = team->count * sizeof(sley_promise *);
  sley_promise **ps = sley__runtime_alloc(d->runtime, bytes);
  if (ps == NULL) return sley__nomem_promise();
  names_lock();
  bool again = team->ending;
  team->ending = true;
  names_unlock();
  sley_promise *all;
  if (again) {
    all = sley_fail_at(site, sley__gone_error(site, "the team"));
  } else {
    name_give_back(team);
    for (size_t i = 0; i < team->count; i++)
      ps[i] = team_member_shutdown(site, team->domains[i], seconds);
    all = sley_join_at(site, ps, team->count);
  }
  sley__runtime_free(d->runtime, ps, bytes);
  return all;
}

/* ---- calls ---- */

static void team_call_answered(void *ctx)
{
  member *m = ctx;
  __atomic_sub_fetch(&m->load, 1, __ATOMIC_RELAXED);
}

static void team_member_release(void *ctx) { sley_team_drop(((member *)ctx)->team); }

/* An ended member refuses calls, so it would always be the least loaded: it is chosen only if all have ended. */
static member *least_loaded(sley_team *team)
{
  member *least = &team->members[0];
  uint64_t load = UINT64_MAX;
  for (size_t i = 0; i < team->count && load > 0; i++) {
    member *m = &team->members[i];
    uint64_t other = __atomic_load_n(&m->load, __ATOMIC_RELAXED);
    if (other >= load || !sley_domain_is_open(m->domain)) continue;
    load = other;
    least = m;
  }
  return least;
}

sley_promise *sley_team_call_at(const char *site, sley_team *team, sley_call_fn *f, sley_value arg)
{
  SLEY__NEEDS_AT(site, team);
  SLEY__NEEDS_AT(site, f);
  sley__shared_use_at(site, team, "a team");
  member *m = least_loaded(team);
  sley_promise *p = sley_call_at(site, m->domain, f, arg);
  if (!sley_is_pending(p)) return p;
  sley_team_keep(team);
  __atomic_add_fetch(&m->load, 1, __ATOMIC_RELAXED);
  sley_on_termination(p, team_call_answered, m, team_member_release);
  return p;
}

uint64_t sley_team_load(const sley_team *team, size_t index)
{
  SLEY__NEEDS(team);
  return index < team->count ? __atomic_load_n(&team->members[index].load, __ATOMIC_RELAXED) : 0;
}
