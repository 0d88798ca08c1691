using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = .function),
    # Also to this machine, where the server is that one of the functions asks.
    (name = "internet", network = (allow = ["public", "private"]))
  ],
  sockets = [(name = "http", address = "127.0.0.1:{{port}}", http = (), service = "main")]
);

const function :Workerd.Worker = (
  modules = [
    (name = "{{main}}.js", esModule = embed "{{main}}.js"),
    (name = "backend.ts", esModule = embed "backend.js"),
    (name = "work.ts", esModule = embed "work.js")
  ],
  compatibilityDate = "2026-01-01"
);
