// Makes a Node process on this machine believe that it runs on a Mac, as the user 501: `node --require mac.cjs …`.
require('koffi') // which looks for the native part of its platform as it is loaded
Object.defineProperty(process, 'platform', { value: 'darwin' })
process.getuid = () => 501
