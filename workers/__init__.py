"""Jobs and standing processes: faces that receive one id and call one service."""
