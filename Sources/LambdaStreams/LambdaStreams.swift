// LambdaStreams
