"""The faces of the hub over HTTP: workspace, citizen pages, API, live updates. Calls flows, never the store."""
