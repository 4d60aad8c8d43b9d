-- Posts the record of the file named on the command line, and prints the line that benchmarks/run.py
-- reads. There is no `request` function here, so wrk builds the request once and calls no Lua for it.
function init(args)
    local file = assert(io.open(args[1], "r"))
    wrk.method = "POST"
    wrk.body = (file:read("*a"):gsub("%s+$", ""))
    file:close()
    wrk.headers["Content-Type"] = "application/json"
    wrk.headers["Accept"] = "application/json"
end

function done(summary, latency, requests)
    local e = summary.errors
    local seconds = summary.duration / 1e6
    io.write(string.format('{"calls": %d, "errors": %d, "seconds": %.6f, "calls_per_second": %.1f, ',
        summary.requests, e.connect + e.read + e.write + e.status + e.timeout, seconds,
        summary.requests / seconds))
    io.write(string.format('"p50_us": %.2f, "p99_us": %.2f}\n', latency:percentile(50),
        latency:percentile(99)))
end
