-- A POST with the body of a file, a GET where that is empty, and the counts of the run as one line of JSON.

function init(arguments)
    local file = assert(io.open(arguments[1], "rb"))
    wrk.body = file:read("*a")
    wrk.method = #wrk.body > 0 and "POST" or "GET"
    file:close()
end

function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format(
        'RESULT {"requests": %d, "seconds": %.6f, "refused": %d, "broken": %d, "p50": %.1f}\n',
        summary.requests, summary.duration / 1e6, errors.status,
        errors.connect + errors.read + errors.write + errors.timeout, latency:percentile(50)))
end
