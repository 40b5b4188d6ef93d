// JSONScanning
