vcl 4.1;

import selector;
import vsthrottle;

backend upstream {
  .host = "{{backendHost}}";
  .port = "{{backendPort}}";
}

# Which client a key stands for, at which host: as many as the other side has.
sub vcl_init {
  new keys = selector.set(allow_overlaps = false);
}

{{keys}}

sub vcl_init {
  keys.compile();
}

sub vcl_recv {
  if (!keys.match(req.http.Host + "/" + req.http.X-Api-Key)) {
    return (synth(401));
  }
  set req.http.X-Consumer-Username = keys.string();

  # A rate for each client, which turns nobody away.
  if (vsthrottle.is_denied(req.http.X-Consumer-Username, 1000000000, 60s)) {
    return (synth(429));
  }

  unset req.http.X-Api-Key;
  set req.http.X-Request-Id = req.xid;
  set req.http.X-Forwarded-For = client.ip;
  set req.http.X-Forwarded-Host = req.http.Host;
  set req.http.X-Forwarded-Proto = "http";

  # Nothing is kept: it is asked as a proxy here.
  return (pass);
}

sub vcl_deliver {
  # CORS of one origin.
  if (req.http.Origin == "{{origin}}") {
    set resp.http.Access-Control-Allow-Origin = req.http.Origin;
    set resp.http.Access-Control-Allow-Credentials = "true";
  }
  set resp.http.Vary = "Origin";
  set resp.http.X-Request-Id = req.xid;
}
