// AWSLambda
