"""CPU of whole answers and of stream events."""

import http.client
import json
import statistics

import live_upstream
import load
import nginx
import payloads
from dialects import DIALECTS
from load import Case, median

# Of one run: for requests that take long anyway, and for pairs, of which there are twenty.
LARGE_SECONDS = 3
PAIR_SECONDS = 1


def _ratio(samples, floor):
    return statistics.median(
        sample.total / reference.total for sample, reference in zip(samples, floor, strict=True))


def requests(bench):
    """Short requests: passthrough and translated, against nginx."""
    directions = []
    if bench.wants("passthrough"):
        directions += [("passthrough chat, 1-2 KB", "chat", "chat", 2),
                       ("passthrough messages, 1-2 KB", "messages", "messages", 2)]
    if bench.wants("translated"):
        directions += [("translated chat to messages, 1-2 KB", "chat", "messages", 3),
                       ("translated messages to chat, 1-2 KB", "messages", "chat", 3)]
    floor = Case("nginx", bench.floor, "chat", "chat", "plain")
    cases = [floor] + [
        Case(name, bench.candidate, client, upstream, "plain") for name, client, upstream, _ in directions
    ]
    for case in cases:
        case.verify(None)
    samples = load.alternate(cases, bench)
    reference = median(samples["nginx"], "total")
    for name, _, _, target in directions:
        ratio = _ratio(samples[name], samples["nginx"])
        bench.report.add(
            name, f"CPU/request <= {target} x nginx", ratio, target, "x",
            f"{median(samples[name], 'total'):.1f} us ({median(samples[name], 'user'):.1f} user), "
            f"nginx {reference:.1f} us")


def accounting(bench):
    """Proves that auth, usage and log were on: the ledger must know every request that was served."""
    case = Case("recorded requests", bench.candidate, "chat", "chat", "plain")
    before = bench.candidate.recorded_requests()
    sample = load.run(case, bench.folder, 1)
    after = bench.settled(bench.candidate.recorded_requests)
    missing = sample.requests - (after - before)
    bench.report.add(
        "requests missing from the ledger", "0", max(0, missing), 0, "",
        f"{sample.requests} served, {after - before} recorded")


def agent(bench):
    """A coding agent's request: what translation adds to passing it on."""
    _agent_requests(
        bench, "100 KB", payloads.AGENT_STEPS, [("chat", "messages"), ("messages", "chat"), ("responses", "messages")])
    _agent_requests(
        bench, "1 MB", payloads.LARGE_AGENT_STEPS, [("chat", "messages"), ("messages", "chat")],
        seconds=min(bench.seconds, LARGE_SECONDS))


def _agent_requests(bench, size, steps, directions, seconds=None):
    def case(name, proxy, client, upstream):
        return Case(f"{name}, {size}", proxy, client, upstream, "agent", steps)

    floor = case("nginx", bench.floor, "chat", "chat")
    both = [
        (case(f"passthrough {client}", bench.candidate, client, client),
         case(f"translated {client} to {upstream}", bench.candidate, client, upstream))
        for client, upstream in directions
    ]
    cases = [floor] + [each for pair in both for each in pair]
    for each in cases:
        each.verify(None)
    samples = load.alternate(cases, bench, seconds)
    for base, own in both:
        added = statistics.median(
            more.total - less.total for more, less in zip(samples[own.name], samples[base.name], strict=True))
        name = f"{size} agent request, {own.client} to {own.upstream}"
        detail = (
            f"{median(samples[own.name], 'total'):.0f} us, passthrough {median(samples[base.name], 'total'):.0f} us, "
            f"nginx {median(samples[floor.name], 'total'):.0f} us, body {len(own.body)} bytes")
        if steps == payloads.AGENT_STEPS:
            bench.report.add(name, "<= 250 us CPU above passthrough", added, 250, "us", detail)
        else:
            bench.report.note(
                name, added, "us", f"above passthrough; ten times the target of 100 KB would be 2500 us; {detail}")


def stream_events(bench):
    """The cost of an event: answers of many events less answers of few, in user space."""
    for upstream, client in (("messages", "chat"), ("chat", "messages")):
        few, many = _few_and_many(bench, client, upstream)
        _report_event(bench, "stream event translated", few, many, load.alternate([few, many], bench))


def pair_requests(bench):
    """Short requests of each dialect to each, in short runs: what holds for chat and messages must hold for all."""
    pairs = [(client, upstream) for client in DIALECTS for upstream in DIALECTS]
    # Bodies of the dialects are not of one length: nginx passes each dialect's own on.
    floors = {client: Case(f"nginx, {client}", bench.floor, client, client, "plain") for client in DIALECTS}
    cases = [Case(f"pair {client} to {upstream}, 1-2 KB", bench.candidate, client, upstream, "plain")
             for client, upstream in pairs]
    for case in [*floors.values(), *cases]:
        case.verify(None)
    if bench.is_quick:
        # All were verified. These ten have each dialect on both sides, passed on and translated.
        names = list(DIALECTS)
        measured = set(zip(names, names, strict=True)) | set(zip(names, names[1:] + names[:1], strict=True))
        cases = [case for case in cases if (case.client, case.upstream) in measured]
    samples = load.alternate([*floors.values(), *cases], bench, seconds=PAIR_SECONDS)
    for case in cases:
        target = 2 if case.client == case.upstream else 3
        floor = samples[floors[case.client].name]
        bench.report.add(
            case.name, f"CPU/request <= {target} x nginx", _ratio(samples[case.name], floor), target, "x",
            f"{median(samples[case.name], 'total'):.1f} us ({median(samples[case.name], 'user'):.1f} user), "
            f"nginx {median(floor, 'total'):.1f} us")


def pairs(bench):
    """The same for the events of streams, each dialect translated to each other one: twenty take their time."""
    cases = {
        (upstream, client): _few_and_many(bench, client, upstream)
        for upstream in DIALECTS for client in DIALECTS if upstream != client
    }
    if bench.is_quick:
        # All were verified. These five have each dialect on both sides.
        names = list(DIALECTS)
        cases = {pair: cases[pair] for pair in zip(names, names[1:] + names[:1], strict=True)}
    # The runs of few events are the warm-up of those of many.
    flat = [case for both in cases.values() for case in both]
    samples = load.alternate(flat, bench, seconds=PAIR_SECONDS, warms_up=False)
    for few, many in cases.values():
        _report_event(bench, "pair stream event", few, many, samples)


def _few_and_many(bench, client, upstream):
    few = Case(f"stream of few, {upstream} to {client}", bench.candidate, client, upstream, "few")
    many = Case(f"stream of many, {upstream} to {client}", bench.candidate, client, upstream, "many")
    few.verify(nginx.FEW_EVENTS)
    many.verify(nginx.MANY_EVENTS)
    return few, many


def _report_event(bench, name, few, many, samples):
    events = nginx.MANY_EVENTS - nginx.FEW_EVENTS
    cost = [
        ((more.user - less.user) / events, (more.total - less.total) / events)
        for more, less in zip(samples[many.name], samples[few.name], strict=True)
    ]
    bench.report.add(
        f"{name}, {many.upstream} to {many.client}", "<= 6 us user CPU",
        statistics.median(user for user, _ in cost), 6, "us",
        f"(answer of {nginx.MANY_EVENTS} events - answer of {nginx.FEW_EVENTS}) / {events}, many events a read; "
        f"user+system {statistics.median(total for _, total in cost):.2f} us")


def paced_events(bench):
    """Events that arrive one by one, each with its own read and write; nginx does the same beside it."""
    connection = http.client.HTTPConnection("127.0.0.1", bench.live_port, timeout=10)

    def sent():
        connection.request("GET", "/counts")
        return json.loads(connection.getresponse().read())["events"]

    def cost(case):
        before = sent()
        sample = load.run(case, bench.folder, bench.seconds, connections=16)
        events = sent() - before
        if events == 0:
            raise RuntimeError(f"{case.name} via {case.proxy.name}: the upstream sent no events")
        scale = sample.requests / events
        bench.say(f"  {case.name}: {sample.total * scale:.1f} us CPU/event ({sample.user * scale:.1f} user)")
        return sample.user * scale, sample.total * scale

    floor = Case("paced stream, nginx", bench.floor, "messages", "messages", "paced")
    for upstream, name in {"messages": "messages to chat", "chat": "chat to messages"}.items():
        client = "chat" if upstream == "messages" else "messages"
        case = Case(f"paced stream, {name}", bench.candidate, client, upstream, "paced")
        case.verify(live_upstream.PACED_EVENTS)
        own, reference = [], []
        for _ in range(bench.rounds):
            reference.append(cost(floor))
            own.append(cost(case))
        middle = [statistics.median(value) for value in zip(*own, strict=True)]
        base = [statistics.median(value) for value in zip(*reference, strict=True)]
        bench.report.note(
            f"stream event one by one, {name}", middle[1], "us",
            f"user+system with a read and a write for each event (about {middle[0]:.1f} us user), "
            f"nginx passing it on {base[1]:.1f} us")
    connection.close()
